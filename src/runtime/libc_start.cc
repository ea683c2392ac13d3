#include "runtime/libc_start.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdint>

#include "elf/glibc.h"
#include "process/modules.h"
#include "process/questions.h"
#include "turns/aside.h"

namespace bulkhead::runtime {

void initialise_libc() {
  const auto* name =
      static_cast<const char* const*>(process::symbol_by(RTLD_DEFAULT, "program_invocation_name"));
  if (name == nullptr) return process::forget_error();
  if (**name != '\0') return;
  // What the kernel has put there: a count, the arguments and a zero, the environment and a zero.
  auto* const* stack =
      static_cast<char** const*>(process::symbol_by(RTLD_DEFAULT, "__libc_stack_end"));
  if (stack == nullptr) return process::forget_error();
  char** start = *stack;
  const auto count = static_cast<int>(reinterpret_cast<std::intptr_t>(*start));
  char** arguments = start + 1;
  if (count < 0 || arguments[count] != nullptr) return;
  const link_map* libc = process::find_loaded(process::program(), elf::kLibc);
  if (libc == nullptr) return;
  const turns::Entries entries = turns::constructors_of(turns::dynamic_section(libc));
  const elf::Addr bias = process::bias_of(libc);
  auto call = [&](turns::Constructor constructor) {
    constructor(count, arguments, arguments + count + 1);
  };
  // Before glibc 2.34 it is the function, and the array is about other things.
  if (entries.function != nullptr) {
    call(reinterpret_cast<turns::Constructor>(bias + entries.function->d_un.d_ptr));
  }
  if (!entries.has_array()) return;
  const auto* array = reinterpret_cast<const turns::Constructor*>(bias + entries.array->d_un.d_ptr);
  for (std::size_t i = 0; i < entries.size->d_un.d_val / sizeof *array; ++i) call(array[i]);
}

}  // namespace bulkhead::runtime
