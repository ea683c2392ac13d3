#include "tool/words.h"

namespace bulkhead::tool {

std::size_t Words::index_of(const elf::Addr* place) const {
  std::size_t begin = 0, end = words_.size();
  while (begin < end) {
    std::size_t middle = (begin + end) / 2;
    if (words_[middle].place < place) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

Word* Words::find(const elf::Addr* place) {
  std::size_t index = index_of(place);
  return index < words_.size() && words_[index].place == place ? &words_[index] : nullptr;
}

void Words::add(const Word& word) {
  std::size_t index = index_of(word.place);
  words_.push_back(word);
  for (std::size_t i = words_.size() - 1; i > index; --i) words_[i] = words_[i - 1];
  words_[index] = word;
}

void Words::remove(const elf::Addr* place) {
  auto begin = reinterpret_cast<elf::Addr>(place);
  remove_between(begin, begin + sizeof *place);
}

void Words::remove_between(elf::Addr begin, elf::Addr end) {
  std::size_t kept = 0;
  for (const Word& word : words_) {
    auto place = reinterpret_cast<elf::Addr>(word.place);
    if (place < begin || place >= end) words_[kept++] = word;
  }
  words_.truncate(kept);
}

}  // namespace bulkhead::tool
