// Which of two builds of a library is the newer one, as far as they tell themselves.
#pragma once

#include <string_view>

#include "elf/object.h"

namespace bulkhead::copies {

struct Newer {
  int sign = 0;  // above 0: the first one is newer; 0: neither, or each has what the other lacks
  std::string_view has;  // the first version, or symbol, that the newer one has and the other lacks
};

// Versions first: the newer one defines all of the other's, and more. Where both define the same,
// or each one of its own, the symbols that they export.
Newer compare_exports(const elf::Object& first, const elf::Object& second);

// By the numbers in the names of their files, one after another: libz.so.1.3.1 and libz.so.1.2.13.
// The sign as above.
int compare_numbers(std::string_view first, std::string_view second);

}  // namespace bulkhead::copies
