// The dynamic section.
#include "elf/dynamic.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "elf_specimen.h"

namespace bulkhead::elf {
namespace {

Result<Dynamic> read(const Specimen& specimen) { return Dynamic::read(*specimen.image()); }

TEST(Dynamic, SaysWhatTheLibraryIsCalledAndNeeds) {
  Specimen specimen;
  Result<Dynamic> dynamic = read(specimen);
  ASSERT_EQ(what_of(dynamic), "no error");
  EXPECT_EQ(dynamic->soname(), "libspec.so.1");
  EXPECT_EQ(dynamic->runpath(), "$ORIGIN/../lib");
  EXPECT_TRUE(dynamic->has_runpath());
  EXPECT_EQ(dynamic->rpath(), "");
  std::vector<std::string> needed;
  dynamic->for_each_needed([&](std::string_view name) { needed.emplace_back(name); });
  EXPECT_EQ(needed, (std::vector<std::string>{"libdep.so.1", "libother.so.2"}));
  EXPECT_EQ(dynamic->symtab, specimen.vaddr(specimen.symbols));
  EXPECT_EQ(dynamic->rela.size, sizeof specimen.rela);
  EXPECT_TRUE(dynamic->jmprel_is_rela);
  EXPECT_FALSE(dynamic->is_unique());
}

TEST(Dynamic, ComparesStringsAsAWhole) {
  Specimen specimen;
  Result<Dynamic> dynamic = read(specimen);
  ASSERT_EQ(what_of(dynamic), "no error");
  std::string_view name = dynamic->soname();
  auto all = reinterpret_cast<const char*>(dynamic->strings().bytes().data());
  auto offset = static_cast<Addr>(name.data() - all);
  EXPECT_TRUE(dynamic->strings().is_string(offset, "libspec.so.1"));
  EXPECT_FALSE(dynamic->strings().is_string(offset, "libspec.so.2"));
  EXPECT_FALSE(dynamic->strings().is_string(offset, "libspec.so"));
  EXPECT_FALSE(dynamic->strings().is_string(offset, "libspec.so.12"));
  EXPECT_TRUE(dynamic->strings().is_string(offset + 3, "spec.so.1"));
  Addr size = dynamic->strings().bytes().size();
  EXPECT_TRUE(dynamic->strings().is_string(size - 1, ""));
  EXPECT_FALSE(dynamic->strings().is_string(size - 1, "x"));
  EXPECT_FALSE(dynamic->strings().is_string(size, ""));
  EXPECT_FALSE(dynamic->strings().is_string(~Addr{0}, "x"));
}

TEST(Dynamic, FoldsFlags) {
  Specimen specimen;
  specimen.add(DT_FLAGS, DF_STATIC_TLS);
  specimen.add(DT_TEXTREL, 0);
  specimen.add(DT_BIND_NOW, 0);
  specimen.add(DT_SYMBOLIC, 0);
  specimen.add(DT_FLAGS_1, DF_1_NODELETE);
  specimen.add(kDtGnuFlags1, kDfGnu1Unique);
  Result<Dynamic> dynamic = read(specimen);
  EXPECT_EQ(dynamic->flags, Addr{DF_STATIC_TLS | DF_TEXTREL | DF_BIND_NOW | DF_SYMBOLIC});
  EXPECT_EQ(dynamic->flags_1, Addr{DF_1_NODELETE});
  EXPECT_TRUE(dynamic->is_unique());
}

TEST(Dynamic, StaticProgram) {
  Specimen specimen;
  specimen.dynamic_header.p_type = PT_NULL;
  Result<Dynamic> dynamic = read(specimen);
  EXPECT_EQ(what_of(dynamic), "has no dynamic section");
  EXPECT_EQ(dynamic.error().fault, Fault::unsupported);
  EXPECT_EQ(dynamic.error().because, "it is statically linked");
}

TEST(Dynamic, OutOfBounds) {
  for (Addr vaddr : {Addr{sizeof(Specimen)}, Addr{sizeof(Specimen) - 16}, ~Addr{15}}) {
    Specimen specimen;
    specimen.dynamic_header.p_vaddr = vaddr;
    EXPECT_EQ(what_of(read(specimen)), "has its dynamic section out of bounds") << vaddr;
  }
}

TEST(Dynamic, Misaligned) {
  Specimen specimen;
  specimen.dynamic_header.p_vaddr += 4;
  specimen.dynamic_header.p_memsz -= 16;
  EXPECT_EQ(what_of(read(specimen)), "has its dynamic section out of bounds");
}

TEST(Dynamic, OfAnAbsurdSize) {
  for (Addr size : {~Addr{0}, Addr{1} << 40, Addr{sizeof(Specimen)}}) {
    Specimen specimen;
    specimen.dynamic_header.p_memsz = size;
    EXPECT_EQ(what_of(read(specimen)), "has its dynamic section out of bounds") << size;
  }
}

TEST(Dynamic, Empty) {
  Specimen specimen;
  specimen.dynamic_header.p_memsz = 0;
  EXPECT_EQ(what_of(read(specimen)), "has its dynamic section out of bounds");
}

TEST(Dynamic, WithoutAnEnd) {
  Specimen specimen;
  for (Dyn& entry : specimen.dynamic) {
    if (entry.d_tag == DT_NULL) entry.d_tag = DT_DEBUG;
  }
  EXPECT_EQ(what_of(read(specimen)), "has a dynamic section without an end");
}

TEST(Dynamic, WithoutStringTable) {
  Specimen specimen;
  specimen.remove(DT_STRTAB);
  EXPECT_EQ(what_of(read(specimen)), "has no dynamic string table");
}

TEST(Dynamic, StringTableOutOfBounds) {
  Specimen specimen;
  specimen.tag(DT_STRSZ) = sizeof specimen;
  EXPECT_EQ(what_of(read(specimen)), "has its dynamic string table out of bounds");
  specimen.tag(DT_STRSZ) = ~Addr{0};
  EXPECT_EQ(what_of(read(specimen)), "has its dynamic string table out of bounds");
  specimen.tag(DT_STRSZ) = 1;
  specimen.tag(DT_STRTAB) = sizeof specimen;
  EXPECT_EQ(what_of(read(specimen)), "has its dynamic string table out of bounds");
}

TEST(Dynamic, StringsOutOfBoundsAreEmpty) {
  Specimen specimen;
  specimen.tag(DT_SONAME) = sizeof specimen.strings;
  EXPECT_EQ(read(specimen)->soname(), "");
  specimen.tag(DT_SONAME) = ~Addr{0};
  EXPECT_EQ(read(specimen)->soname(), "");
}

TEST(Dynamic, AStringWithoutAnEndIsEmpty) {
  Specimen specimen;
  specimen.tag(DT_STRSZ) = specimen.tag(DT_SONAME) + 3;
  EXPECT_EQ(read(specimen)->soname(), "");
}

TEST(Dynamic, WithoutStringsEveryNameIsEmpty) {
  Specimen specimen;
  specimen.tag(DT_STRSZ) = 0;
  EXPECT_EQ(read(specimen)->soname(), "");
}

TEST(Dynamic, SymbolsOfAWrongSize) {
  Specimen specimen;
  specimen.add(DT_SYMENT, sizeof(Sym));
  EXPECT_EQ(what_of(read(specimen)), "no error");
  specimen.tag(DT_SYMENT) = sizeof(Sym) + 8;
  EXPECT_EQ(what_of(read(specimen)), "has symbols of a wrong size");
}

TEST(Dynamic, RelocationsOfAWrongSize) {
  const std::pair<Addr, Addr> right[] = {
      {DT_RELAENT, sizeof(Rela)}, {DT_RELENT, sizeof(Rel)}, {DT_RELRENT, sizeof(Relr)}};
  for (const auto& [tag, size] : right) {
    Specimen specimen;
    specimen.add(tag, size);
    EXPECT_EQ(what_of(read(specimen)), "no error");
    specimen.tag(tag) = size + 8;
    EXPECT_EQ(what_of(read(specimen)), "has relocations of a wrong size") << tag;
    specimen.tag(tag) = 0;
    EXPECT_EQ(what_of(read(specimen)), "has relocations of a wrong size") << tag;
  }
}

TEST(Dynamic, PltRelocationsOfAnUnknownKind) {
  Specimen specimen;
  specimen.tag(DT_PLTREL) = DT_REL + 1;
  EXPECT_EQ(what_of(read(specimen)), "has PLT relocations of an unknown kind");
}

TEST(Dynamic, MisalignedTables) {
  const std::pair<Addr, const char*> tables[] = {
      {DT_SYMTAB, "has a misaligned symbol table"},
      {DT_HASH, "has a misaligned hash table"},
      {DT_GNU_HASH, "has a misaligned GNU hash table"},
      {DT_VERSYM, "has a misaligned version table"},
      {DT_VERDEF, "has misaligned version definitions"},
      {DT_VERNEED, "has misaligned version requirements"},
      {DT_RELA, "has misaligned relocations"},
      {DT_JMPREL, "has misaligned PLT relocations"},
      {DT_RELR, "has misaligned relative relocations"}};
  for (const auto& [tag, what] : tables) {
    Specimen specimen;
    specimen.tag(tag) += 1;
    EXPECT_EQ(what_of(read(specimen)), what);
  }
}

TEST(Dynamic, TheStringTableMayLieAnywhere) {
  Specimen specimen;
  specimen.tag(DT_STRTAB) += 1;
  specimen.tag(DT_STRSZ) -= 1;
  EXPECT_EQ(what_of(read(specimen)), "no error");
}

}  // namespace
}  // namespace bulkhead::elf
