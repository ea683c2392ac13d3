// Relocations in all encodings.
#include "elf/relocs.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "elf_specimen.h"

namespace bulkhead::elf {
namespace {

constexpr const char* kBadRelocations = "has its relocations out of bounds";
constexpr const char* kBadRelative = "has its relative relocations out of bounds";

struct Reader {
  explicit Reader(const Specimen& specimen)
      : image(*specimen.image()), dynamic(*Dynamic::read(image)) {}

  std::vector<Relocation> all() {
    std::vector<Relocation> found;
    status = for_each_relocation(image, dynamic, [&](const Relocation& r) { found.push_back(r); });
    return found;
  }
  std::vector<Addr> relative() {
    std::vector<Addr> found;
    status = for_each_relative(image, dynamic, [&](Addr where) { found.push_back(where); });
    return found;
  }

  Image image;
  Dynamic dynamic;
  Status status;
};

TEST(Relocations, ComeInTheirOrderThePltsLast) {
  Specimen specimen;
  Reader reader(specimen);
  std::vector<Relocation> found = reader.all();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].offset, specimen.vaddr(specimen.words[0]));
  EXPECT_EQ(found[0].type, std::uint32_t{R_X86_64_GLOB_DAT});
  EXPECT_EQ(found[0].symbol, SymbolNumber{1});
  EXPECT_EQ(found[1].type, std::uint32_t{R_X86_64_RELATIVE});
  EXPECT_EQ(found[1].addend, 0x10U);
  EXPECT_EQ(found[2].type, std::uint32_t{R_X86_64_JUMP_SLOT});
}

TEST(Relocations, AddendsMayBeNegative) {
  Specimen specimen;
  specimen.rela[1].r_addend = -8;
  EXPECT_EQ(Reader(specimen).all()[1].addend, static_cast<Addr>(-8));
}

TEST(Relocations, RelRecordsHaveNoAddend) {
  Specimen specimen;
  specimen.remove(DT_RELA);
  specimen.tag(DT_RELASZ) = 0;
  auto* rel = reinterpret_cast<Rel*>(specimen.rela);
  rel[0] = {0x10, ELF64_R_INFO(3, R_X86_64_64)};
  rel[1] = {0x18, ELF64_R_INFO(4, R_X86_64_64)};
  rel[2] = {0x20, ELF64_R_INFO(0xfffffffe, 0xfffffffd)};
  specimen.add(DT_REL, specimen.vaddr(specimen.rela));
  specimen.add(DT_RELSZ, 3 * sizeof(Rel));
  std::vector<Relocation> found = Reader(specimen).all();
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].symbol, SymbolNumber{3});
  EXPECT_EQ(found[1].offset, 0x18U);
  EXPECT_EQ(found[1].addend, 0U);
  EXPECT_EQ(found[2].symbol, SymbolNumber{0xfffffffe});
  EXPECT_EQ(found[2].type, 0xfffffffdU);
}

TEST(Relocations, ThePltsMayBeRel) {
  Specimen specimen;
  specimen.tag(DT_PLTREL) = DT_REL;
  specimen.tag(DT_PLTRELSZ) = sizeof(Rel);
  std::vector<Relocation> found = Reader(specimen).all();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[2].type, std::uint32_t{R_X86_64_JUMP_SLOT});
}

TEST(Relocations, None) {
  Specimen specimen;
  for (Addr tag : {DT_RELA, DT_RELASZ, DT_JMPREL, DT_PLTRELSZ, DT_RELR, DT_RELRSZ})
    specimen.remove(tag);
  Reader reader(specimen);
  EXPECT_TRUE(reader.all().empty());
  EXPECT_TRUE(reader.status.has_value());
  EXPECT_TRUE(reader.relative().empty());
  EXPECT_TRUE(reader.status.has_value());
}

TEST(Relocations, OutOfBounds) {
  for (Addr tag : {DT_RELASZ, DT_PLTRELSZ}) {
    for (Addr size : {Addr{sizeof(Specimen)}, ~Addr{0}}) {
      Specimen specimen;
      specimen.tag(tag) = size;
      Reader reader(specimen);
      reader.all();
      EXPECT_EQ(what_of(reader.status), kBadRelocations);
    }
  }
}

TEST(Relocations, SizeWithoutAddress) {
  for (Addr tag : {DT_RELA, DT_JMPREL}) {
    Specimen specimen;
    specimen.remove(tag);
    Reader reader(specimen);
    reader.all();
    EXPECT_EQ(what_of(reader.status), kBadRelocations) << "the ELF header holds no relocations";
  }
  Specimen specimen;
  specimen.remove(DT_RELR);
  Reader reader(specimen);
  reader.relative();
  EXPECT_EQ(what_of(reader.status), kBadRelative);
}

TEST(Relocations, ThoseCountedAsRelativeCanBeLeftOut) {
  auto rest = [](const Specimen& specimen, std::size_t& count) {
    Reader reader(specimen);
    count = 0;
    return for_each_symbolic_relocation(reader.image, reader.dynamic,
                                        [&](const Relocation&) { ++count; });
  };
  Specimen specimen;
  std::size_t count = 0;
  EXPECT_TRUE(rest(specimen, count).has_value());
  EXPECT_EQ(count, 3U) << "none is counted";
  specimen.add(DT_RELACOUNT, 1);
  EXPECT_TRUE(rest(specimen, count).has_value());
  EXPECT_EQ(count, 2U);
  specimen.tag(DT_RELACOUNT) = 2;
  EXPECT_TRUE(rest(specimen, count).has_value());
  EXPECT_EQ(count, 1U) << "the PLT's";
  for (Addr size : {Addr{3}, ~Addr{0}}) {
    specimen.tag(DT_RELACOUNT) = size;
    EXPECT_TRUE(rest(specimen, count).has_value());
    EXPECT_EQ(count, 1U) << "more than there are means all of them";
  }
}

TEST(Relocations, ThoseCountedAsRelativeCanBeLeftOutOfRelToo) {
  Specimen specimen;
  specimen.remove(DT_RELA);
  specimen.tag(DT_RELASZ) = 0;
  specimen.add(DT_REL, specimen.vaddr(specimen.rela));
  specimen.add(DT_RELSZ, 3 * sizeof(Rel));
  specimen.add(DT_RELCOUNT, 2);
  Reader reader(specimen);
  std::size_t count = 0;
  auto visit = [&](const Relocation&) { ++count; };
  EXPECT_TRUE(for_each_symbolic_relocation(reader.image, reader.dynamic, visit).has_value());
  EXPECT_EQ(count, 2U) << "one, and the PLT's";
}

TEST(RelocationInfo, HasASymbolAndAType) {
  for (std::uint32_t symbol : {0U, 1U, 0xfffffeU}) {
    for (std::uint32_t type : {0U, 1U, 0xffU}) {
      const Addr info = make_relocation_info(symbol, type);
      EXPECT_EQ(relocation_symbol(info), symbol);
      EXPECT_EQ(relocation_type(info), type);
    }
  }
}

TEST(Relr, AddressesAndBitmaps) {
  Specimen specimen;
  const Addr first = specimen.vaddr(specimen.words[0]);
  // 0x5: bit 1 is the first word after the address, bit 2 the second.
  EXPECT_EQ(Reader(specimen).relative(), (std::vector<Addr>{first, first + 16}));
  specimen.relr[1] = 0x3;
  EXPECT_EQ(Reader(specimen).relative(), (std::vector<Addr>{first, first + 8}));
  specimen.relr[1] = 0x1;  // an empty bitmap
  EXPECT_EQ(Reader(specimen).relative(), std::vector<Addr>{first});
  specimen.relr[1] = first + 800;
  EXPECT_EQ(Reader(specimen).relative(), (std::vector<Addr>{first, first + 800}));
}

TEST(Relr, OutOfBounds) {
  Specimen specimen;
  specimen.tag(DT_RELRSZ) = sizeof specimen;
  Reader reader(specimen);
  reader.relative();
  EXPECT_EQ(what_of(reader.status), kBadRelative);
}

TEST(Relr, StartsWithABitmap) {
  Specimen specimen;
  specimen.relr[0] = 0x5;
  Reader reader(specimen);
  EXPECT_TRUE(reader.relative().empty());
  EXPECT_EQ(what_of(reader.status), "has relative relocations that start with a bitmap");
}

// The generic ABI's description, word by word: bit n of a bitmap stands for the n-th word
// after the one that the bitmap follows; each bitmap is followed by the next 63 words.
std::vector<Addr> naive_decode(const std::vector<Relr>& entries) {
  constexpr Addr kWord = sizeof(Addr);
  constexpr unsigned kBits = 8 * kWord;
  std::vector<Addr> found;
  Addr base = 0;
  for (Relr entry : entries) {
    if (entry % 2 == 0) {
      found.push_back(entry);
      base = entry + kWord;
    } else {
      for (unsigned bit = 1; bit < kBits; ++bit) {
        if (((entry >> bit) & 1U) != 0) found.push_back(base + (bit - 1) * kWord);
      }
      base += (kBits - 1) * kWord;
    }
  }
  return found;
}

std::vector<Relr> encode(const std::set<Addr>& addresses) {
  std::vector<Relr> entries;
  for (auto at = addresses.begin(); at != addresses.end();) {
    entries.push_back(*at);
    Addr base = *at++ + 8;
    while (at != addresses.end() && *at < base + Addr{63 * 8}) {
      Relr bitmap = 1;
      while (at != addresses.end() && *at < base + Addr{63 * 8}) {
        bitmap |= Relr{1} << (((*at++ - base) / 8) + 1);
      }
      entries.push_back(bitmap);
      base += Addr{63 * 8};
    }
  }
  return entries;
}

TEST(Relr, AgreesWithANaiveDecoderAndAnEncoder) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::set<Addr> addresses;
    Addr at = 0x1000;
    for (std::uint64_t i = random() % 300 + 1; i > 0; --i) {
      // Mostly neighbours, sometimes a gap beyond a bitmap's reach.
      at += 8 * (random() % 8 == 0 ? 1 + random() % 200 : 1 + random() % 3);
      addresses.insert(at);
    }
    struct {
      Specimen specimen;
      Relr entries[600];
    } file = {};
    const std::vector<Relr> entries = encode(addresses);
    ASSERT_LE(entries.size(), std::size(file.entries));
    std::copy(entries.begin(), entries.end(), file.entries);
    file.specimen.load.p_filesz = file.specimen.load.p_memsz = sizeof file;
    file.specimen.tag(DT_RELR) = sizeof file.specimen;
    file.specimen.tag(DT_RELRSZ) = entries.size() * sizeof(Relr);
    const Image image = *Image::of_file(std::as_bytes(std::span(&file, 1)));
    std::vector<Addr> found;
    ASSERT_TRUE(for_each_relative(image, *Dynamic::read(image),
                                  [&](Addr where) { found.push_back(where); }));
    ASSERT_EQ(found, naive_decode(entries));
    ASSERT_EQ(found, std::vector<Addr>(addresses.begin(), addresses.end()));
  }
}

}  // namespace
}  // namespace bulkhead::elf
