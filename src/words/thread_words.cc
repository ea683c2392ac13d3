#include "words/thread_words.h"

#include "arch/machine.h"
#include "elf/dynamic.h"
#include "elf/relocs.h"
#include "process/object_writer.h"

namespace bulkhead::words {

using process::ObjectWriter;

using elf::Addr;

namespace {

template <class Visit>
void for_each_word(const elf::Image& object, Visit visit) {
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(object);
  if (!dynamic) return;
  auto each = [&](const elf::Relocation& relocation) {
    if (relocation.type != arch::Native::kTlsPlace) return;
    if (const auto* word = object.object<Addr>(relocation.offset)) visit(word);
  };
  // They were valid for ld.so.
  static_cast<void>(elf::for_each_symbolic_relocation(object, *dynamic, each));
}

}  // namespace

Addr thread_place(const void* variable) {
  return reinterpret_cast<Addr>(variable) - reinterpret_cast<Addr>(__builtin_thread_pointer());
}

List<Addr> thread_places(Arena& arena, const elf::Image& object) {
  List<Addr> places(arena);
  for_each_word(object, [&](const Addr* word) { places.push_back(*word); });
  return places;
}

std::size_t move_thread_words(const elf::Image& object, std::span<const PlaceMove> moves) {
  std::size_t count = 0;
  ObjectWriter writer(object);
  for_each_word(object, [&](const Addr* word) {
    for (const PlaceMove& move : moves) {
      if (*word != move.from) continue;
      if (writer.write(const_cast<Addr*>(word), move.to)) ++count;
      return;
    }
  });
  return count;
}

}  // namespace bulkhead::words
