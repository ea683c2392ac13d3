// Symbol tables and both hash styles.
#include "elf/symbols.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "elf_specimen.h"

namespace bulkhead::elf {
namespace {

constexpr const char* kBadGnuHash = "has a damaged GNU hash table";
constexpr const char* kBadHash = "has a damaged hash table";
constexpr const char* kBadTable = "has its symbol table out of bounds";

class Symbols : public ::testing::Test {
 protected:
  std::string damage() { return what_of(specimen.read(arena)); }
  // The indices that carry `name`, whatever their version.
  std::set<std::size_t> named(std::string_view name) {
    std::set<std::size_t> found;
    Result<Object> object = specimen.read(arena);
    EXPECT_EQ(what_of(object), "no error");
    if (!object) return found;
    object->symbols.for_each_named(name, [&](SymbolIndex index) {
      EXPECT_EQ(object->symbols.name(index), name);
      EXPECT_TRUE(found.insert(index).second) << "visited twice";
      return false;
    });
    return found;
  }
  // The index found, or 0.
  std::size_t find(std::string_view name, std::string_view version) {
    Result<Object> object = specimen.read(arena);
    EXPECT_EQ(what_of(object), "no error");
    const std::optional<SymbolIndex> found = object->find(name, version);
    return found ? std::size_t{*found} : 0;
  }
  std::uint32_t& bucket_of(std::string_view name) {
    return specimen.gnu.buckets[gnu_hash(name) % 2];
  }

  Arena arena;
  Specimen specimen;
};

TEST(Hash, KnownValues) {
  EXPECT_EQ(gnu_hash(""), 0x00001505U);
  EXPECT_EQ(gnu_hash("printf"), 0x156b2bb8U);
  EXPECT_EQ(gnu_hash("exit"), 0x7c967e3fU);
  EXPECT_EQ(gnu_hash("syscall"), 0xbac212a0U);
  EXPECT_EQ(sysv_hash(""), 0U);
  EXPECT_EQ(sysv_hash("printf"), 0x077905a6U);
  EXPECT_EQ(sysv_hash("exit"), 0x0006cf04U);
  EXPECT_EQ(sysv_hash("syscall"), 0x0b09985cU);
  EXPECT_EQ(sysv_hash("GLIBC_2.2.5"), 0x09691a75U);
}

TEST(SymbolName, HasTheHashesOfItsText) {
  const SymbolName name = "printf";
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(name.gnu_hash(), 0x156b2bb8U);
    EXPECT_EQ(name.sysv_hash(), 0x077905a6U);
  }
  EXPECT_EQ(SymbolName("").sysv_hash(), 0U);
  EXPECT_EQ(SymbolName("printf", 7).gnu_hash(), 7U) << "what was computed before is taken";
}

TEST(Hash, BytesAreUnsigned) {
  EXPECT_EQ(gnu_hash("\xff"), 5381U * 33 + 255);
  EXPECT_EQ(sysv_hash("\xff"), 255U);
}

TEST(Exported, IsWhatLdSoBindsTo) {
  const Sym plain = {
      .st_info = make_symbol_info(STB_GLOBAL, STT_FUNC), .st_shndx = 1, .st_value = 8};
  EXPECT_TRUE(is_exported(plain));
  auto with = [&](auto change) {
    Sym symbol = plain;
    change(symbol);
    return is_exported(symbol);
  };
  EXPECT_TRUE(with([](Sym& s) { s.st_info = make_symbol_info(STB_WEAK, STT_OBJECT); }));
  EXPECT_TRUE(with([](Sym& s) { s.st_info = make_symbol_info(STB_GNU_UNIQUE, STT_OBJECT); }));
  EXPECT_TRUE(with([](Sym& s) { s.st_info = make_symbol_info(STB_GLOBAL, STT_GNU_IFUNC); }));
  EXPECT_FALSE(with([](Sym& s) { s.st_info = make_symbol_info(STB_LOCAL, STT_FUNC); }));
  EXPECT_FALSE(with([](Sym& s) { s.st_info = make_symbol_info(STB_GLOBAL, STT_SECTION); }));
  EXPECT_FALSE(with([](Sym& s) { s.st_info = make_symbol_info(STB_GLOBAL, STT_FILE); }));
  EXPECT_FALSE(with([](Sym& s) { s.st_shndx = SHN_UNDEF; }));
  EXPECT_FALSE(with([](Sym& s) { s.st_value = 0; }));
  EXPECT_TRUE(with([](Sym& s) { s.st_value = 0, s.st_shndx = SHN_ABS; }));
  EXPECT_TRUE(
      with([](Sym& s) { s.st_value = 0, s.st_info = make_symbol_info(STB_GLOBAL, STT_TLS); }));
  EXPECT_TRUE(with([](Sym& s) { s.st_other = STV_PROTECTED; }));
  EXPECT_FALSE(with([](Sym& s) { s.st_other = STV_HIDDEN; }));
  EXPECT_FALSE(with([](Sym& s) { s.st_other = STV_INTERNAL; }));
}

TEST_F(Symbols, AreFoundByEitherHash) {
  for (bool gnu : {true, false}) {
    if (!gnu) specimen.remove(DT_GNU_HASH);
    EXPECT_EQ(named("alpha"),
              (std::set{specimen.index_of("alpha", 2), specimen.index_of("alpha", 3)}));
    EXPECT_EQ(named("beta"), std::set{specimen.index_of("beta", 2)});
    EXPECT_EQ(named("gamma"), std::set{specimen.index_of("gamma", 1)});
    EXPECT_EQ(named("delta"), std::set{specimen.index_of("delta", 3)});
    for (const char* absent : {"", "imported", "alph", "alphabet", "SPEC_1"}) {
      EXPECT_TRUE(named(absent).empty()) << absent;
    }
  }
}

TEST_F(Symbols, TheVisitorCanStop) {
  Result<Object> object = specimen.read(arena);
  int visits = 0;
  EXPECT_TRUE(object->symbols.for_each_named("alpha", [&](std::size_t) {
    ++visits;
    return true;
  }));
  EXPECT_EQ(visits, 1);
}

TEST_F(Symbols, VersionedReferences) {
  for (bool gnu : {true, false}) {
    if (!gnu) specimen.remove(DT_GNU_HASH);
    EXPECT_EQ(find("alpha", "SPEC_1"), specimen.index_of("alpha", 2));
    EXPECT_EQ(find("alpha", "SPEC_2"), specimen.index_of("alpha", 3));
    EXPECT_EQ(find("alpha", "SPEC_3"), 0U);
    EXPECT_EQ(find("beta", "SPEC_1"), specimen.index_of("beta", 2));
    EXPECT_EQ(find("beta", "SPEC_2"), 0U);
    EXPECT_EQ(find("gamma", "SPEC_1"), specimen.index_of("gamma", 1))
        << "unversioned answers to any";
    EXPECT_EQ(find("imported", "DEP_1"), 0U) << "not defined here";
  }
}

TEST_F(Symbols, AHiddenUnversionedDefinitionAnswersToNoVersion) {
  specimen.versym[specimen.index_of("gamma", 1)] |= kVersionHidden;
  EXPECT_EQ(find("gamma", "SPEC_1"), 0U);
}

TEST_F(Symbols, UnversionedReferencesTakeTheOldest) {
  EXPECT_EQ(find("alpha", ""), specimen.index_of("alpha", 2));
  EXPECT_EQ(find("gamma", ""), specimen.index_of("gamma", 1));
}

TEST_F(Symbols, UnversionedReferencesTakeTheDefaultIfThereIsNoOldest) {
  EXPECT_EQ(find("delta", ""), specimen.index_of("delta", 3));
  specimen.versym[specimen.index_of("delta", 3)] |= kVersionHidden;
  EXPECT_EQ(find("delta", ""), 0U);
}

TEST_F(Symbols, UnversionedReferencesTakeNoneOfTwoDefaults) {
  const std::size_t oldest = specimen.index_of("alpha", 2);
  specimen.versym[oldest] = 4;  // as if of a third version, not hidden
  EXPECT_EQ(find("alpha", ""), 0U);
}

TEST_F(Symbols, AnObjectWithoutVersionsAnswersToAny) {
  for (Addr tag : {DT_VERSYM, DT_VERDEF, DT_VERNEED}) specimen.remove(tag);
  EXPECT_NE(find("alpha", "SPEC_99"), 0U);
  EXPECT_NE(find("beta", ""), 0U);
  EXPECT_EQ(find("epsilon", ""), 0U);
}

TEST_F(Symbols, HiddenByVisibility) {
  specimen.symbols[specimen.index_of("beta", 2)].st_other = STV_HIDDEN;
  EXPECT_TRUE(named("beta").empty());
}

TEST_F(Symbols, AnObjectWithoutSymbolTableHasNone) {
  specimen.remove(DT_SYMTAB);
  specimen.remove(DT_VERSYM);
  Result<Object> object = specimen.read(arena);
  ASSERT_EQ(what_of(object), "no error");
  EXPECT_EQ(object->symbols.size(), 0U);
  EXPECT_EQ(object->find("alpha", ""), std::nullopt);
}

// A program that exports nothing: the hash table does not count what it imports.
TEST_F(Symbols, ImportsOfAnObjectThatExportsNothing) {
  specimen.remove(DT_HASH);
  specimen.gnu.symbol_offset = 1;
  specimen.gnu.buckets[0] = specimen.gnu.buckets[1] = 0;
  for (bool gnu : {true, false}) {
    if (!gnu) specimen.remove(DT_GNU_HASH);
    Result<Object> object = specimen.read(arena);
    ASSERT_EQ(what_of(object), "no error");
    ASSERT_EQ(object->symbols.size(), 2U);
    EXPECT_EQ(object->symbols.name(*object->symbols.index(1)), "imported");
    EXPECT_EQ(object->versions.name(*object->symbols.index(1)), "DEP_1");
    EXPECT_EQ(object->versions.needed_from(*object->symbols.index(1)), "libdep.so.1");
  }
}

TEST_F(Symbols, RelocationWithAnAbsurdSymbolWhereNothingElseCounts) {
  specimen.remove(DT_HASH);
  specimen.remove(DT_GNU_HASH);
  specimen.rela[0].r_info = ELF64_R_INFO(0xffffffff, R_X86_64_GLOB_DAT);
  EXPECT_EQ(damage(), kBadTable);
}

// What a relocation or a stub says is no index.
TEST_F(Symbols, NumbersThatNoSymbolHas) {
  Result<Object> object = specimen.read(arena);
  ASSERT_EQ(what_of(object), "no error");
  const std::size_t count = object->symbols.size();
  ASSERT_GT(count, 1U);
  EXPECT_TRUE(object->symbols.index(count - 1));
  EXPECT_FALSE(object->symbols.index(count));
  EXPECT_FALSE(object->symbols.index(SIZE_MAX));
  EXPECT_FALSE(object->symbols.index(SymbolNumber::none));
  EXPECT_FALSE(object->symbols.index(SymbolNumber{0x7fffffff}));
  EXPECT_EQ(object->symbols.index(SymbolNumber{1}), std::size_t{1});
}

TEST_F(Symbols, RangesEndWithTheTable) {
  Result<Object> object = specimen.read(arena);
  auto numbers = [&](std::size_t first, std::size_t end) {
    std::size_t seen = 0;
    for (SymbolIndex i : object->symbols.indices(first, end)) seen += i < object->symbols.size();
    return seen;
  };
  const std::size_t count = object->symbols.size();
  EXPECT_EQ(numbers(0, SIZE_MAX), count);
  EXPECT_EQ(numbers(1, count), count - 1);
  EXPECT_EQ(numbers(2, 3), 1U);
  EXPECT_EQ(numbers(3, 2), 0U);
  EXPECT_EQ(numbers(SIZE_MAX, SIZE_MAX), 0U);
}

TEST_F(Symbols, TableOutOfBounds) {
  for (Addr vaddr : {Addr{sizeof specimen}, Addr{sizeof specimen - 24}, ~Addr{7}}) {
    specimen.tag(DT_SYMTAB) = vaddr;
    EXPECT_EQ(damage(), kBadTable);
  }
}

TEST_F(Symbols, NameOutOfBounds) {
  specimen.symbols[specimen.index_of("beta", 2)].st_name = 0xffffffff;
  EXPECT_TRUE(named("beta").empty());
}

TEST_F(Symbols, GnuHashOutOfBounds) {
  specimen.tag(DT_GNU_HASH) = sizeof specimen - 8;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashWithoutBloom) {
  specimen.gnu.bloom_size = 0;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashBloomNotAPowerOfTwo) {
  specimen.gnu.bloom_size = 3;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashBloomAbsurd) {
  specimen.gnu.bloom_size = 0x80000000;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashShiftAbsurd) {
  specimen.gnu.bloom_shift = 32;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashWithoutBuckets) {
  specimen.gnu.bucket_count = 0;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashBucketsAbsurd) {
  specimen.gnu.bucket_count = 0xffffffff;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashBucketBelowTheFirstSymbol) {
  bucket_of("alpha") = Specimen::kFirstHashed - 1;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashBucketPastTheImage) {
  bucket_of("alpha") = 0x7fffffff;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashChainWithoutAnEnd) {
  // Even words up to the end of the segment.
  specimen.gnu.chains[Specimen::kHashed - 1] &= ~1U;
  auto* word = reinterpret_cast<std::uint32_t*>(&specimen.gnu.end);
  std::byte* end = reinterpret_cast<std::byte*>(&specimen) + sizeof specimen;
  specimen.load.p_filesz = specimen.load.p_memsz = specimen.vaddr(specimen.gnu.end) + 4;
  ASSERT_LT(reinterpret_cast<std::byte*>(word), end);
  *word = 0;
  // What lies behind is in a segment of its own.
  specimen.spare = specimen.load;
  specimen.spare.p_offset = specimen.spare.p_vaddr = specimen.vaddr(specimen.sysv);
  specimen.spare.p_filesz = specimen.spare.p_memsz = sizeof specimen - specimen.spare.p_offset;
  EXPECT_EQ(damage(), kBadGnuHash);
}

TEST_F(Symbols, GnuHashChainLongerThanTheSymbolTable) {
  // The next odd word comes late: more symbols than are there.
  specimen.gnu.chains[Specimen::kHashed - 1] &= ~1U;
  specimen.gnu.end = 0;
  specimen.tag(DT_SYMTAB) = sizeof specimen - Specimen::kSymbols * sizeof(Sym);
  EXPECT_EQ(damage(), kBadTable);
}

TEST_F(Symbols, GnuHashAbsurdSymbolOffset) {
  specimen.gnu.symbol_offset = 0xffffffff;
  EXPECT_EQ(damage(), kBadGnuHash);
  specimen.gnu.buckets[0] = specimen.gnu.buckets[1] = 0;  // nothing is hashed
  EXPECT_EQ(damage(), kBadTable);
}

TEST_F(Symbols, SysvHashOutOfBounds) {
  specimen.tag(DT_HASH) = sizeof specimen - 4;
  EXPECT_EQ(damage(), kBadHash);
}

TEST_F(Symbols, SysvHashCountsAbsurd) {
  specimen.sysv.bucket_count = 0xffffffff;
  EXPECT_EQ(damage(), kBadHash);
  specimen.sysv.bucket_count = 3;
  specimen.sysv.chain_count = 0xffffffff;
  EXPECT_EQ(damage(), kBadHash);
}

TEST_F(Symbols, SysvHashCountsMoreSymbolsThanThereAre) {
  specimen.sysv.chain_count =
      static_cast<std::uint32_t>((sizeof specimen - specimen.vaddr(specimen.sysv.chains)) / 4);
  EXPECT_EQ(damage(), kBadTable);
}

TEST_F(Symbols, SysvHashCycle) {
  specimen.remove(DT_GNU_HASH);
  for (std::uint32_t i = 0; i < Specimen::kSymbols; ++i) specimen.sysv.chains[i] = i;
  EXPECT_TRUE(named("epsilon").empty());
  Result<Object> object = specimen.read(arena);
  std::size_t visits = 0;
  object->symbols.for_each_named("alpha", [&](std::size_t) { return ++visits == 0; });
  EXPECT_LE(visits, Specimen::kSymbols);
}

TEST_F(Symbols, SysvHashChainOutOfBounds) {
  specimen.remove(DT_GNU_HASH);
  for (std::uint32_t& bucket : specimen.sysv.buckets) bucket = Specimen::kSymbols;
  EXPECT_TRUE(named("alpha").empty());
  for (std::uint32_t& bucket : specimen.sysv.buckets) bucket = 0xffffffff;
  EXPECT_TRUE(named("alpha").empty());
}

TEST_F(Symbols, SysvHashWithoutBuckets) {
  specimen.remove(DT_GNU_HASH);
  specimen.sysv.bucket_count = 0;
  specimen.sysv.chain_count = Specimen::kSymbols;
  EXPECT_TRUE(named("alpha").empty());
}

TEST_F(Symbols, SysvHashOfFewerSymbolsThanTheGnuHash) {
  specimen.sysv.chain_count = 2;
  EXPECT_EQ(find("alpha", "SPEC_2"), specimen.index_of("alpha", 3));
}

}  // namespace
}  // namespace bulkhead::elf
