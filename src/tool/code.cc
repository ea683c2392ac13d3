#include "tool/code.h"

#include <string.h>

#include "process/modules.h"
#include "process/questions.h"
#include "tool/events.h"

namespace bulkhead::tool {
namespace {

// x86-64's `syscall`. Its bytes may also be part of something else: one range more does no harm.
constexpr unsigned char kSystemCall[] = {0x0f, 0x05};

bool has_system_call(const CodeRange& range) {
  return ::memmem(reinterpret_cast<const void*>(range.begin), range.end - range.begin, kSystemCall,
                  sizeof kSystemCall) != nullptr;
}

struct Query {
  Arena& arena;
  const void* address;
  const capsule::Capsule* capsule = nullptr;
  List<CodeRange> code;
};

void run(void* context) {
  auto& query = *static_cast<Query*>(context);
  List<Library> libraries = loaded_libraries(query.arena, true);
  for (const Library& library : libraries) {
    if (library.contains(reinterpret_cast<elf::Addr>(query.address))) {
      query.capsule = library.capsule;
    }
  }
  if (query.capsule == nullptr) return;
  for (const Library& library : libraries) {
    if (library.capsule == query.capsule) add_code(library, query.code);
  }
}

}  // namespace

void add_code(const Library& library, List<CodeRange>& ranges) {
  Result<elf::Image> image = process::image_of(library.map);
  if (!image) return;
  for (const elf::Phdr& header : image->program_headers()) {
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0 || header.p_memsz == 0) continue;
    elf::Addr begin = process::bias_of(library.map) + header.p_vaddr;
    ranges.push_back({begin, begin + header.p_memsz});
  }
}

const capsule::Capsule* capsule_at(Arena& arena, const void* address) {
  Query query{arena, address, nullptr, List<CodeRange>(arena)};
  with_lock(arena, &run, &query);
  return query.capsule;
}

std::span<const CodeRange> code_of_capsule(Arena& arena, const void* address) {
  Query query{arena, address, nullptr, List<CodeRange>(arena)};
  with_lock(arena, &run, &query);
  std::size_t kept = 0;
  for (const CodeRange& range : query.code) {
    if (has_system_call(range)) query.code[kept++] = range;
  }
  query.code.truncate(kept);
  return query.code.view();
}

}  // namespace bulkhead::tool
