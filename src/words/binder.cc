#include "words/binder.h"

#include "arch/machine.h"
#include "process/object_writer.h"

namespace bulkhead::words {

namespace {

using elf::Addr;

// In the table that DT_PLTGOT names: the object's link map comes before it.
Addr* binder_word(const elf::Object& object) {
  for (const elf::Dyn& entry : object.dynamic.entries()) {
    if (entry.d_tag != DT_PLTGOT) continue;
    const Addr address =
        object.image.to_vaddr(entry.d_un.d_ptr) + arch::Native::kBinderWord * sizeof(Addr);
    return const_cast<Addr*>(object.image.object<Addr>(address));
  }
  return nullptr;
}

}  // namespace

Addr binder_of(const elf::Object& object) {
  const Addr* word = binder_word(object);
  return word != nullptr ? __atomic_load_n(word, __ATOMIC_RELAXED) : 0;
}

bool replace_binder(const elf::Object& object, Addr binder) {
  Addr* word = binder_word(object);
  return word != nullptr && process::ObjectWriter(object.image).write(word, binder);
}

}  // namespace bulkhead::words
