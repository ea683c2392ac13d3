#include "shims/tool_tls.h"

#include <limits>

#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/glibc.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "words/tls_room.h"

namespace bulkhead::shims {
namespace {

// What may be taken where the launcher cannot have the reserve raised: as much as later releases of
// ld.so give away by default for mere speed. The rest is for libraries that cannot do without.
constexpr std::size_t kUnraised = 512;

// Of that, by all tools' capsules, one after the other. Guard: ld.so's lock, which an opening
// holds.
constinit std::size_t g_taken = 0;

// Since 2.33 ld.so has a tunable for it, by which the launcher makes room for all.
std::size_t most_in(process::BaseView& base) {
  const elf::Object* libc = base.find(elf::kLibc);
  bool raised = libc == nullptr || libc->versions.defines("GLIBC_2.33");
  return raised ? std::numeric_limits<std::size_t>::max() : kUnraised;
}

Status give(Arena& arena, const link_map* object, std::size_t most) {
  Result<elf::Image> image = process::image_of(object);
  if (!image) return std::unexpected(image.error());
  const elf::Phdr* block = image->find_header(PT_TLS);
  if (block == nullptr) return {};
  Result<elf::Object> library = elf::Object::read(arena, *image);
  if (!library) return std::unexpected(library.error());
  if ((library->dynamic.flags & DF_STATIC_TLS) != 0) return {};
  if (block->p_memsz > most - g_taken) return fail(Fault::limit, "needs more than may be taken");
  if (Status given = words::give_static_tls(arena, *library, object); !given) return given;
  g_taken += block->p_memsz;
  debug(Topic::bind, {process::name_of(object), ": ", decimal(arena, block->p_memsz),
                      " bytes of thread-local variables are in static TLS"});
  return {};
}

}  // namespace

void give_static_tls(Arena& arena, process::BaseView& base, link_map* first) {
  std::size_t most = most_in(base);
  for (const link_map* object = first; object != nullptr; object = process::next_of(object)) {
    if (process::is_image_path(process::name_of(object))) continue;
    if (Status given = give(arena, object, most); !given) {
      debug(Topic::bind, {process::name_of(object), ": no static TLS: ", given.error().what, " ",
                          given.error().because});
    }
  }
}

}  // namespace bulkhead::shims
