// Symbol versions.
#include "elf/versions.h"

#include <gtest/gtest.h>

#include <memory>

#include "elf_specimen.h"

namespace bulkhead::elf {
namespace {

constexpr const char* kBadTable = "has its version table out of bounds";
constexpr const char* kBadDefinitions = "has damaged version definitions";
constexpr const char* kBadNeeds = "has damaged version requirements";
constexpr const char* kTooMany = "has an absurd number of symbol versions";

class VersionsTest : public ::testing::Test {
 protected:
  std::string damage() { return what_of(specimen.read(arena)); }

  // The symbol of that number, which is there.
  static SymbolIndex at(const Object& object, std::size_t number) {
    return *object.symbols.index(number);
  }

  Arena arena;
  Specimen specimen;
};

TEST_F(VersionsTest, AreRead) {
  Result<Object> object = specimen.read(arena);
  ASSERT_EQ(what_of(object), "no error");
  const Versions& versions = object->versions;
  ASSERT_EQ(versions.definitions().size(), 3U);
  EXPECT_EQ(versions.definitions()[0].flags, VER_FLG_BASE);
  EXPECT_EQ(versions.definitions()[1].name, "SPEC_1");
  EXPECT_EQ(versions.definitions()[2].index, 3);
  EXPECT_EQ(versions.definitions()[2].hash, sysv_hash("SPEC_2"));
  ASSERT_EQ(versions.needs().size(), 2U);
  EXPECT_EQ(versions.needs()[0].file, "libdep.so.1");
  EXPECT_EQ(versions.needs()[0].name, "DEP_1");
  EXPECT_EQ(versions.needs()[1].flags, VER_FLG_WEAK);
  EXPECT_TRUE(versions.defines("SPEC_1"));
  EXPECT_TRUE(versions.defines("SPEC_2"));
  EXPECT_FALSE(versions.defines("libspec.so.1")) << "the file's own name is no version";
  EXPECT_FALSE(versions.defines("DEP_1"));
  EXPECT_FALSE(versions.defines(""));
  EXPECT_TRUE(versions.any());
}

TEST_F(VersionsTest, NameSymbols) {
  Result<Object> object = specimen.read(arena);
  const Versions& versions = object->versions;
  const SymbolIndex old_alpha = at(*object, specimen.index_of("alpha", 2));
  EXPECT_EQ(versions.name(old_alpha), "SPEC_1");
  EXPECT_EQ(versions.needed_from(old_alpha), "");
  EXPECT_FALSE(versions.is_default(old_alpha));
  EXPECT_TRUE(versions.is_default(at(*object, specimen.index_of("alpha", 3))));
  EXPECT_EQ(versions.name(at(*object, specimen.index_of("gamma", 1))), "");
  EXPECT_EQ(versions.name(at(*object, 0)), "");
  EXPECT_EQ(versions.name(at(*object, 1)), "DEP_1");
  EXPECT_EQ(versions.needed_from(at(*object, 1)), "libdep.so.1");
}

TEST_F(VersionsTest, WithoutThemEverySymbolIsGlobal) {
  for (Addr tag : {DT_VERSYM, DT_VERDEF, DT_VERNEED}) specimen.remove(tag);
  Result<Object> object = specimen.read(arena);
  ASSERT_EQ(what_of(object), "no error");
  EXPECT_FALSE(object->versions.any());
  EXPECT_EQ(object->versions.raw(at(*object, 3)), 1);
  EXPECT_EQ(object->versions.name(at(*object, 3)), "");
  EXPECT_TRUE(object->versions.is_default(at(*object, 3)));
}

TEST_F(VersionsTest, SymbolOfAVersionThatNobodyDefines) {
  specimen.versym[3] = 0x7fff;
  Result<Object> object = specimen.read(arena);
  EXPECT_EQ(object->versions.name(at(*object, 3)), "");
  EXPECT_EQ(object->versions.needed_from(at(*object, 3)), "");
}

TEST_F(VersionsTest, DefinitionOfTheHighestIndex) {
  specimen.definitions[2].record.vd_ndx = 0x7fff;
  specimen.versym[3] = 0x7fff;
  Result<Object> object = specimen.read(arena);
  EXPECT_EQ(object->versions.name(at(*object, 3)), "SPEC_2");
}

TEST_F(VersionsTest, TableOutOfBounds) {
  specimen.tag(DT_VERSYM) = sizeof specimen - 2;
  EXPECT_EQ(damage(), kBadTable);
  specimen.tag(DT_VERSYM) = ~Addr{1};
  EXPECT_EQ(damage(), kBadTable);
}

TEST_F(VersionsTest, DefinitionsOutOfBounds) {
  specimen.tag(DT_VERDEF) = sizeof specimen - 4;
  EXPECT_EQ(damage(), kBadDefinitions);
}

TEST_F(VersionsTest, DefinitionOfAnotherFormat) {
  specimen.definitions[1].record.vd_version = 2;
  EXPECT_EQ(damage(), kBadDefinitions);
}

TEST_F(VersionsTest, DefinitionWhoseNextLiesOutOfBounds) {
  for (Word next : {Word{0xfffffffc}, Word{sizeof specimen}, Word{1}}) {
    specimen.definitions[0].record.vd_next = next;
    EXPECT_EQ(damage(), kBadDefinitions) << next;
  }
}

TEST_F(VersionsTest, DefinitionWhoseNameLiesOutOfBounds) {
  specimen.definitions[1].record.vd_aux = 0xfffffffc;
  EXPECT_EQ(damage(), kBadDefinitions);
}

TEST_F(VersionsTest, DefinitionWithoutAName) {
  specimen.definitions[1].name.vda_name = 0;
  EXPECT_EQ(damage(), kBadDefinitions);
  specimen.definitions[1].name.vda_name = sizeof specimen.strings;
  EXPECT_EQ(damage(), kBadDefinitions);
}

TEST_F(VersionsTest, FewerDefinitionsThanCounted) {
  specimen.tag(DT_VERDEFNUM) = ~Addr{0};
  EXPECT_EQ(damage(), "no error") << "vd_next ends them, as in ld.so";
}

TEST_F(VersionsTest, MoreDefinitionsThanCounted) {
  specimen.tag(DT_VERDEFNUM) = 2;
  EXPECT_EQ(specimen.read(arena)->versions.definitions().size(), 2U);
}

TEST_F(VersionsTest, NeedsOutOfBounds) {
  specimen.tag(DT_VERNEED) = sizeof specimen - 4;
  EXPECT_EQ(damage(), kBadNeeds);
}

TEST_F(VersionsTest, NeedOfAnotherFormat) {
  specimen.need.record.vn_version = 0;
  EXPECT_EQ(damage(), kBadNeeds);
}

TEST_F(VersionsTest, NeedOfNoFile) {
  specimen.need.record.vn_file = sizeof specimen.strings;
  EXPECT_EQ(damage(), kBadNeeds);
}

TEST_F(VersionsTest, NeedWithoutAName) {
  specimen.need.versions[1].vna_name = 0;
  EXPECT_EQ(damage(), kBadNeeds);
}

TEST_F(VersionsTest, NeedWhoseVersionsLieOutOfBounds) {
  specimen.need.record.vn_aux = sizeof specimen;
  EXPECT_EQ(damage(), kBadNeeds);
  specimen.need.record.vn_aux = sizeof(Verneed);
  specimen.need.versions[0].vna_next = 0xfffffffc;
  EXPECT_EQ(damage(), kBadNeeds);
}

TEST_F(VersionsTest, NeedThatCountsMoreVersionsThanItHas) {
  specimen.need.record.vn_cnt = 0xffff;
  EXPECT_EQ(specimen.read(arena)->versions.needs().size(), 2U);
}

TEST_F(VersionsTest, NeedWhoseNextLiesOutOfBounds) {
  specimen.need.record.vn_next = 0xfffffffc;
  specimen.tag(DT_VERNEEDNUM) = ~Addr{0};
  EXPECT_EQ(damage(), kBadNeeds);
}

// Records that overlap so that each says 65,535 versions follow: millions in a few pages.
TEST_F(VersionsTest, AbsurdNumberOfOverlappingNeeds) {
  struct Crowded {
    Specimen specimen;
    std::uint32_t words[60000];
  };
  auto crowded = std::make_unique<Crowded>();
  Specimen& s = crowded->specimen;
  s.load.p_filesz = s.load.p_memsz = sizeof *crowded;
  s.tag(DT_VERNEED) = sizeof s;
  s.tag(DT_VERNEEDNUM) = ~Addr{0};
  // Every record of 16 bytes serves as need and as version: version 1, count 0xffff (as a
  // version: its hash); file (flags, index); aux 16 (name at 16, a part of a string);
  // next 16.
  for (std::size_t i = 0; i < std::size(crowded->words); i += 4) {
    crowded->words[i] = 0xffff0001;
    crowded->words[i + 1] = 1;
    crowded->words[i + 2] = 16;
    crowded->words[i + 3] = 16;
  }
  crowded->words[std::size(crowded->words) - 1] = 0;
  Result<Image> image = Image::of_file(std::as_bytes(std::span(crowded.get(), 1)));
  ASSERT_EQ(what_of(image), "no error");
  Result<Object> object = Object::read(arena, *image);
  EXPECT_EQ(what_of(object), kTooMany);
}

TEST_F(VersionsTest, AbsurdNumberOfOverlappingDefinitions) {
  struct Crowded {
    Specimen specimen;
    Verdef records[40000];
  };
  auto crowded = std::make_unique<Crowded>();
  Specimen& s = crowded->specimen;
  s.load.p_filesz = s.load.p_memsz = sizeof *crowded;
  s.tag(DT_VERDEF) = sizeof s;
  s.tag(DT_VERDEFNUM) = ~Addr{0};
  for (Verdef& record : crowded->records) {
    // Its own hash serves as the name's offset.
    record = {.vd_version = VER_DEF_CURRENT,
              .vd_ndx = 2,
              .vd_hash = 1,
              .vd_aux = 8,
              .vd_next = sizeof(Verdef)};
  }
  Result<Image> image = Image::of_file(std::as_bytes(std::span(crowded.get(), 1)));
  EXPECT_EQ(what_of(Object::read(arena, *image)), kTooMany);
}

}  // namespace
}  // namespace bulkhead::elf
