// The words of the program that hooks have changed, with what they held before.
//
// For who holds ld.so's lock.
#pragma once

#include <cstddef>

#include "base/arena.h"
#include "base/list.h"
#include "elf/image.h"

namespace bulkhead::tool {

struct Word {
  elf::Addr* place;
  elf::Addr before;   // what ld.so, or somebody after it, has put there
  elf::Addr written;  // what we did
  bool data;          // the program may write there itself
};

class Words {
 public:
  Word* find(const elf::Addr* place);
  // One that is not there yet.
  void add(const Word& word);
  void remove(const elf::Addr* place);
  void remove_between(elf::Addr begin, elf::Addr end);

  // Calls `visit(Word&)` for each in a range.
  template <class Visit>
  void for_each_between(elf::Addr begin, elf::Addr end, Visit visit) {
    for (Word& word : words_) {
      auto place = reinterpret_cast<elf::Addr>(word.place);
      if (begin <= place && place < end) visit(word);
    }
  }

 private:
  // In the order of places: libraries come as a whole, one after another.
  std::size_t index_of(const elf::Addr* place) const;

  Arena arena_;
  List<Word> words_{arena_};
};

}  // namespace bulkhead::tool
