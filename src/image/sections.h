// Section headers, for tools that read nothing else: nm, objdump, ltrace, debuggers. ld.so does not
// look at them.
#pragma once

#include <span>
#include <string_view>

#include "elf/types.h"

namespace bulkhead::image {

struct Section {
  std::string_view name;
  elf::Word type;   // SHT_*
  elf::Addr flags;  // SHF_*
  elf::Addr at;
  std::size_t size;
  elf::Word link = 0, info = 0;
  std::size_t entry_size = 0;
  std::size_t alignment = sizeof(elf::Addr);
};

// What symbols refer to comes first, by these indices; index 0 is nobody's.
enum : elf::Half { kNoSection, kTextSection, kBssSection, kTbssSection, kFirstFreeSection };

}  // namespace bulkhead::image
