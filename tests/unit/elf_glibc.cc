#include "elf/glibc.h"

#include <gtest/gtest.h>

namespace bulkhead::elf {
namespace {

// Two copies of this list had diverged: one took every name that begins with "__bss_start".
TEST(LinkerMarks, AreTheNamesThatLinkersGiveToEveryObject) {
  for (std::string_view name :
       {"_end", "_edata", "__bss_start", "__bss_start__", "_init", "_fini"}) {
    EXPECT_TRUE(is_linker_mark(name)) << name;
  }
  for (std::string_view name : {"", "end", "__bss_started", "_init_all", "__end"}) {
    EXPECT_FALSE(is_linker_mark(name)) << name;
  }
}

}  // namespace
}  // namespace bulkhead::elf
