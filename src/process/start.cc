#include "process/start.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "elf/glibc.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::process {
namespace {

using Constructor = void (*)(int, char**, char**);

std::span<const Constructor> constructors_of(const link_map* object) {
  const Constructor* array = nullptr;
  std::size_t size = 0;
  for (const elf::Dyn* entry = dynamic_of(object); entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_INIT_ARRAY) {
      array = reinterpret_cast<const Constructor*>(bias_of(object) + entry->d_un.d_ptr);
    }
    if (entry->d_tag == DT_INIT_ARRAYSZ) size = entry->d_un.d_val;
  }
  return array == nullptr ? std::span<const Constructor>{}
                          : std::span{array, size / sizeof(Constructor)};
}

}  // namespace

void tell_libc_how_the_program_was_started() {
  const auto* name =
      static_cast<const char* const*>(symbol_by(RTLD_DEFAULT, "program_invocation_name"));
  if (name == nullptr) return forget_error();
  if (**name != '\0') return;
  // What the kernel has put there: a count, the arguments and a zero, the environment and a zero.
  auto* const* stack =
      static_cast<char** const*>(symbol_by(RTLD_DEFAULT, "__libc_stack_end", "GLIBC_2.2.5"));
  if (stack == nullptr) return forget_error();
  char** start = *stack;
  const auto count = static_cast<int>(reinterpret_cast<std::intptr_t>(*start));
  char** arguments = start + 1;
  if (count < 0 || arguments[count] != nullptr) return;
  const link_map* libc = find_loaded(program(), elf::kLibc);
  if (libc == nullptr) return;
  for (const Constructor constructor : constructors_of(libc)) {
    constructor(count, arguments, arguments + count + 1);
  }
}

}  // namespace bulkhead::process
