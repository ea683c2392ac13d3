// What of a tool an interposer replaces, and which functions it keeps memory apart for.
#include "image/interposer.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace bulkhead::image {
namespace {

using handoff::Allocation;

elf::Sym symbol(unsigned binding, unsigned type = STT_FUNC) {
  elf::Sym symbol = {};
  symbol.st_info = elf::make_symbol_info(binding, type);
  symbol.st_shndx = 1;
  symbol.st_value = 16;
  return symbol;
}

TEST(VagueLinkage, IsThatOfInlineFunctionsTemplatesAndVirtualTables) {
  EXPECT_TRUE(has_vague_linkage("_ZNSt6vectorIiSaIiEE9push_backERKi", symbol(STB_WEAK)));
  EXPECT_TRUE(has_vague_linkage("_ZTV5Thing", symbol(STB_WEAK, STT_OBJECT)));
  EXPECT_TRUE(has_vague_linkage("_ZN5Thing5valueE", symbol(STB_GNU_UNIQUE, STT_OBJECT)));
}

TEST(VagueLinkage, IsNotThatOfWhatToolsReplace) {
  EXPECT_FALSE(has_vague_linkage("_ZN5Thing3runEv", symbol(STB_GLOBAL)));
  EXPECT_FALSE(has_vague_linkage("malloc", symbol(STB_WEAK)));
  EXPECT_FALSE(has_vague_linkage("_Znwm", symbol(STB_WEAK)));
  EXPECT_FALSE(has_vague_linkage("_ZdlPvm", symbol(STB_WEAK)));
  EXPECT_FALSE(has_vague_linkage("_ZdaPvSt11align_val_t", symbol(STB_WEAK)));
}

class AllocationFunctions : public testing::Test {
 protected:
  // By name; the first two symbols are no exports.
  std::map<std::string, Allocation> found(const std::vector<std::string>& names) {
    std::string strings(1, '\0');
    std::vector<elf::Sym> symbols(2);
    for (const std::string& name : names) {
      symbols.push_back(symbol(STB_GLOBAL));
      symbols.back().st_name = static_cast<elf::Word>(strings.size());
      strings += name + '\0';
    }
    Tables tables;
    tables.symbols = symbols;
    tables.first_symbol = 2;
    std::map<std::string, Allocation> result;
    for (const auto& each :
         allocation_functions(arena_, tables, elf::Strings(std::as_bytes(std::span(strings))))) {
      result[names.at(each.symbol - 2)] = each.kind;
    }
    return result;
  }
  Arena arena_;
};

TEST_F(AllocationFunctions, AreThoseThatGiveMemoryAndThoseThatTakeIt) {
  auto all = found({"malloc", "free", "realloc", "open", "aligned_alloc", "_ZdlPvm", "_Znwm",
                    "malloc_usable_size", "malloc_trim"});
  EXPECT_EQ(all.size(), 6U);
  EXPECT_EQ(all.at("malloc"), Allocation::malloc);
  EXPECT_EQ(all.at("aligned_alloc"), Allocation::memalign);
  EXPECT_EQ(all.at("_ZdlPvm"), Allocation::free);
  EXPECT_EQ(all.at("malloc_usable_size"), Allocation::usable_size);
  EXPECT_TRUE(has_guard(all.at("realloc")));
  EXPECT_FALSE(has_guard(all.at("malloc")));
}

// Such a tool counts, or fails, and passes on to libc's: its memory is libc's.
TEST_F(AllocationFunctions, AreNoneOfAToolThatLeavesSomeToLibc) {
  EXPECT_TRUE(found({"malloc", "free"}).empty());
  EXPECT_TRUE(found({"malloc", "realloc", "calloc"}).empty());
  EXPECT_TRUE(found({"free", "realloc"}).empty());
  EXPECT_TRUE(found({"_Znwm", "_ZdlPv"}).empty());
}

}  // namespace
}  // namespace bulkhead::image
