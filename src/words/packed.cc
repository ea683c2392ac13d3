#include "words/packed.h"

#include "base/try.h"
#include "elf/relocs.h"
#include "process/object_writer.h"

namespace bulkhead::words {

using process::ObjectWriter;

Result<std::size_t> relocate_packed(const elf::Image& object, const elf::Dynamic& dynamic) {
  ObjectWriter writer(object);
  std::size_t count = 0;
  bool complete = true;
  BH_TRY(elf::for_each_relative(object, dynamic, [&](elf::Addr vaddr) {
    std::span<const elf::Addr> words = object.array<elf::Addr>(vaddr, 1);
    auto* word = words.empty() ? nullptr : const_cast<elf::Addr*>(words.data());
    if (word != nullptr && writer.write(word, *word + object.bias())) {
      ++count;
    } else {
      complete = false;
    }
  }));
  if (!complete)
    return fail(Fault::malformed, "has packed relocations of words that are read-only");
  return count;
}

}  // namespace bulkhead::words
