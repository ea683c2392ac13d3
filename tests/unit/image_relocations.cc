// The relocations of generated images, as they are read again.
#include "image/relocations.h"

#include <gtest/gtest.h>

#include <vector>

#include "arch/machine.h"
#include "elf/object.h"
#include "elf/relocs.h"

namespace bulkhead::image {
namespace {

using arch::Native;
using elf::Addr;

TEST(GeneratedRelocations, AreReadAsTheyWereAdded) {
  Arena arena;
  StringTable strings(arena, {});
  Builder builder(arena, kSmallImage);
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  Relocations relocations(builder, 2);
  builder.begin_segment(PF_R | PF_W);
  const Addr relro = builder.end();
  const Addr words = builder.reserve(2 * sizeof(Addr), sizeof(Addr));
  relocations.add(words, 5, Native::kGlobDat);
  relocations.add(words + sizeof(Addr), 0, Native::kTlsPlace, 0x40);
  relocations.name();
  builder.write_dynamic(relro);

  Result<elf::Image> image = elf::Image::of_file(builder.finish()[0]);
  ASSERT_TRUE(image.has_value());
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  ASSERT_TRUE(dynamic.has_value()) << dynamic.error().what;
  std::vector<elf::Relocation> found;
  ASSERT_TRUE(elf::for_each_relocation(
      *image, *dynamic, [&](const elf::Relocation& each) { found.push_back(each); }));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].offset, words);
  EXPECT_EQ(found[0].symbol, elf::SymbolNumber{5});
  EXPECT_EQ(found[0].type, Native::kGlobDat);
  EXPECT_EQ(found[1].offset, words + sizeof(Addr));
  EXPECT_EQ(found[1].symbol, elf::SymbolNumber::none);
  EXPECT_EQ(found[1].type, Native::kTlsPlace);
  // In the record, or in the word that is relocated.
  const auto* second = image->object<Addr>(found[1].offset);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(elf::kHasAddends ? found[1].addend : *second, 0x40U);
}

}  // namespace
}  // namespace bulkhead::image
