#include "opening/tlsdesc.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/relocs.h"
#include "words/tlsdesc.h"

namespace bulkhead::opening {

using capsule::Capsule;

void save_registers(Arena& arena, std::string_view name, const elf::Image& object,
                    const elf::Dynamic& dynamic, std::span<link_map* const> scopes) {
  Result<words::TlsDescriptorCount> count = words::save_registers(arena, object, dynamic, scopes);
  if (!count) {
    debug(Topic::bind, {name, ": TLS descriptors left alone: ", count.error().what});
  } else if (count->changed + count->left != 0) {
    debug(Topic::bind,
          {name, ": ", decimal(arena, count->changed), " TLS descriptors keep all registers, ",
           decimal(arena, count->left), " left alone"});
  }
}

bool descriptors_lose_registers(Capsule& capsule, const resolve::Closure& closure) {
  if (capsule.ld_so().tls_registers) return false;
  bool more = false;
  for (const resolve::Library& library : closure.libraries()) {
    more = more || library.image.find_header(PT_TLS) != nullptr;
  }
  // Of the capsule's libraries, old or new: a descriptor may lead to another library's.
  bool thread_locals = capsule.contents().has_thread_locals(more);
  bool found = false;
  for (const resolve::Library& library : closure.libraries()) {
    if (!thread_locals || found) break;
    Status visited = elf::for_each_symbolic_relocation(
        library.image, library.dynamic, [&](const elf::Relocation& relocation) {
          found = found || relocation.type == arch::Native::kTlsDescriptor;
        });
    static_cast<void>(visited);  // ld.so will say what is wrong with it
  }
  return found;
}

}  // namespace bulkhead::opening
