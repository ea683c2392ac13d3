// Images: headers, segments, bounds.
#include "elf/image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "elf_specimen.h"

namespace bulkhead::elf {
namespace {

constexpr const char* kTruncatedHeaders = "is truncated: its program headers lie past the end";
constexpr const char* kTruncatedSegment = "is truncated: a segment lies past the end";

TEST(Image, TheSpecimenIsSound) {
  Specimen specimen;
  Result<Image> image = specimen.image();
  ASSERT_EQ(what_of(image), "no error");
  EXPECT_EQ(image->type(), ET_DYN);
  EXPECT_EQ(image->bias(), 0U);
  EXPECT_FALSE(image->in_memory());
  EXPECT_EQ(image->end(), sizeof specimen);
  EXPECT_EQ(image->program_headers().size(), 3U);
  EXPECT_EQ(image->find_header(PT_DYNAMIC)->p_vaddr, specimen.dynamic_header.p_vaddr);
  EXPECT_EQ(image->find_header(PT_TLS), nullptr);
}

TEST(Image, GivesBytesOnlyInsideASegment) {
  Specimen specimen;
  const Addr end = sizeof specimen;
  Result<Image> image = specimen.image();
  EXPECT_EQ(image->bytes(0, end).size(), end);
  EXPECT_EQ(image->bytes(end - 1, 1).size(), 1U);
  EXPECT_TRUE(image->bytes(end - 1, 2).empty());
  EXPECT_TRUE(image->bytes(end, 1).empty());
  EXPECT_TRUE(image->bytes(0, end + 1).empty());
  EXPECT_TRUE(image->bytes(~Addr{0}, 1).empty());
  EXPECT_TRUE(image->bytes(1, ~std::size_t{0}).empty());
  EXPECT_EQ(image->bytes_from(16).size(), end - 16);
  EXPECT_TRUE(image->bytes_from(end).empty());
}

TEST(Image, GivesArraysOnlyWholeAndAligned) {
  Specimen specimen;
  Result<Image> image = specimen.image();
  EXPECT_EQ(image->array<Addr>(0, 4).size(), 4U);
  EXPECT_TRUE(image->array<Addr>(4, 1).empty());
  EXPECT_TRUE(image->array<Addr>(0, sizeof specimen / 8 + 1).empty());
  EXPECT_TRUE(image->array<Addr>(0, ~std::size_t{0} / 8 + 2).empty()) << "the size overflows";
  EXPECT_EQ(image->object<Addr>(sizeof specimen), nullptr);
  EXPECT_NE(image->object<Ehdr>(0), nullptr);
}

TEST(Image, NotElf) {
  EXPECT_EQ(what_of(Image::of_file({})), "is not an ELF file");
  alignas(16) const char script[128] = "/* GNU ld script */ GROUP ( /lib/libc.so.6 )";
  EXPECT_EQ(what_of(Image::of_file(std::as_bytes(std::span(script)))), "is not an ELF file");
  EXPECT_EQ(what_of(Image::of_file(std::as_bytes(std::span(script)).first(8))),
            "is not an ELF file");
  Specimen specimen;
  specimen.header.e_ident[EI_MAG3] = 'G';
  EXPECT_EQ(what_of(specimen.image()), "is not an ELF file");
}

TEST(Image, EveryTruncationIsAnErrorThatSaysSo) {
  Specimen specimen;
  for (std::size_t size = SELFMAG; size < sizeof specimen; ++size) {
    Result<Image> image = Image::of_file(specimen.bytes().first(size));
    ASSERT_FALSE(image.has_value()) << size;
    ASSERT_EQ(image.error().fault, Fault::malformed);
    ASSERT_EQ(image.error().what.find("is truncated"), 0U) << size;
  }
}

TEST(Image, MisalignedInMemory) {
  Specimen specimen;
  std::vector<std::byte> shifted(sizeof specimen + 32);
  auto* at = shifted.data() + (16 - reinterpret_cast<std::uintptr_t>(shifted.data()) % 16) + 1;
  std::memcpy(at, &specimen, sizeof specimen);
  Result<Image> image = Image::of_file({at, sizeof specimen});
  EXPECT_EQ(what_of(image), "lies misaligned in memory");
  EXPECT_EQ(image.error().fault, Fault::limit);
}

// ld.so goes on searching after these two; callers tell them by the text's constant.
TEST(Image, OtherClass) {
  Specimen specimen;
  specimen.header.e_ident[EI_CLASS] = sizeof(Addr) == 8 ? ELFCLASS32 : ELFCLASS64;
  Result<Image> image = specimen.image();
  EXPECT_EQ(what_of(image), kOtherClass);
  EXPECT_EQ(image.error().fault, Fault::unsupported);
}

TEST(Image, OtherMachine) {
  Specimen specimen;
  specimen.header.e_machine = EM_S390;
  Result<Image> image = specimen.image();
  EXPECT_EQ(what_of(image), kOtherMachine);
  EXPECT_EQ(image.error().fault, Fault::unsupported);
}

TEST(Image, OtherByteOrder) {
  Specimen specimen;
  specimen.header.e_ident[EI_DATA] = ELFDATA2MSB;
  EXPECT_EQ(what_of(specimen.image()), kOtherMachine);
}

TEST(Image, UnknownVersion) {
  Specimen specimen;
  specimen.header.e_version = 2;
  EXPECT_EQ(what_of(specimen.image()), "has an unknown ELF version");
}

TEST(Image, NeitherLibraryNorProgram) {
  for (Half type : {ET_NONE, ET_REL, ET_CORE, 0xfe00}) {
    Specimen specimen;
    specimen.header.e_type = type;
    EXPECT_EQ(what_of(specimen.image()), "is neither a shared object nor a program");
  }
}

TEST(Image, ProgramHeadersOfAWrongSize) {
  Specimen specimen;
  specimen.header.e_phentsize = 1;
  EXPECT_EQ(what_of(specimen.image()), "has program headers of a wrong size");
}

TEST(Image, ProgramHeadersPastTheEnd) {
  for (Addr offset :
       {Addr{sizeof(Specimen)}, Addr{sizeof(Specimen) - 8}, Addr{1} << 40, ~Addr{7}}) {
    Specimen specimen;
    specimen.header.e_phoff = offset;
    EXPECT_EQ(what_of(specimen.image()), kTruncatedHeaders) << offset;
  }
}

TEST(Image, ProgramHeadersMisaligned) {
  Specimen specimen;
  specimen.header.e_phoff += 1;
  EXPECT_EQ(what_of(specimen.image()), "has misaligned program headers");
}

TEST(Image, ProgramHeadersOfAnAbsurdNumber) {
  Specimen specimen;
  specimen.header.e_phnum = 0xffff;
  Result<Image> image = specimen.image();
  EXPECT_EQ(what_of(image), "has an absurd number of program headers");
  EXPECT_EQ(image.error().fault, Fault::limit);
}

TEST(Image, NoProgramHeaders) {
  Specimen specimen;
  specimen.header.e_phnum = 0;
  Result<Image> image = specimen.image();
  ASSERT_TRUE(image.has_value());
  EXPECT_TRUE(image->bytes(0, 1).empty());
}

TEST(Image, SegmentPastTheEnd) {
  Specimen specimen;
  specimen.load.p_filesz = specimen.load.p_memsz = sizeof specimen + 1;
  EXPECT_EQ(what_of(specimen.image()), kTruncatedSegment);
  specimen.load.p_filesz = specimen.load.p_memsz = sizeof specimen;
  specimen.load.p_offset = 1;
  EXPECT_EQ(what_of(specimen.image()), kTruncatedSegment);
  specimen.load.p_offset = ~Addr{0};
  EXPECT_EQ(what_of(specimen.image()), kTruncatedSegment);
}

TEST(Image, SegmentWhoseAddressesOverflow) {
  Specimen specimen;
  specimen.load.p_vaddr = ~Addr{0} - 16;
  EXPECT_EQ(what_of(specimen.image()), "has a segment with absurd sizes");
  specimen.load.p_vaddr = 0;
  specimen.load.p_memsz = specimen.load.p_filesz - 1;
  EXPECT_EQ(what_of(specimen.image()), "has a segment with absurd sizes");
}

TEST(Image, SegmentThatTakesNothingOfTheFileMayHaveAnyOffset) {
  Specimen specimen;
  specimen.spare = {
      .p_type = PT_LOAD, .p_flags = PF_R, .p_offset = Addr{1} << 40, .p_vaddr = 0x10000};
  specimen.spare.p_memsz = 0x1000;
  Result<Image> image = specimen.image();
  ASSERT_EQ(what_of(image), "no error");
  EXPECT_EQ(image->end(), 0x11000U);
  EXPECT_TRUE(image->bytes(0x10000, 1).empty());
}

TEST(Image, BssHasNoBytesInTheFile) {
  Specimen specimen;
  specimen.load.p_memsz += 0x1000;
  Result<Image> image = specimen.image();
  EXPECT_TRUE(image->bytes(sizeof specimen, 1).empty());
  EXPECT_EQ(image->end(), sizeof specimen + 0x1000);
}

TEST(Image, TooManySegments) {
  struct Crowded {
    Ehdr header;
    Phdr loads[kMaxSegments + 1];
  } crowded = {};
  crowded.header = Specimen().header;
  crowded.header.e_phoff = offsetof(Crowded, loads);
  crowded.header.e_phnum = kMaxSegments;
  for (Phdr& load : crowded.loads) load = {.p_type = PT_LOAD, .p_filesz = 1, .p_memsz = 1};
  auto bytes = std::as_bytes(std::span(&crowded, 1));
  EXPECT_EQ(what_of(Image::of_file(bytes)), "no error");
  crowded.header.e_phnum = kMaxSegments + 1;
  EXPECT_EQ(what_of(Image::of_file(bytes)), "has too many segments");
}

TEST(ImageInMemory, IsReadWhereItLies) {
  Specimen specimen;
  const auto bias = reinterpret_cast<Addr>(&specimen);
  Result<Image> image = Image::of_mapped_object(bias);
  ASSERT_EQ(what_of(image), "no error");
  EXPECT_TRUE(image->in_memory());
  EXPECT_EQ(image->bias(), bias);
  EXPECT_EQ(image->bytes(0, 4).data(), reinterpret_cast<std::byte*>(&specimen));
  EXPECT_EQ(image->to_vaddr(bias + 16), 16U);
  EXPECT_EQ(image->to_vaddr(16), 16U) << "a vaddr already, as in the vDSO";
  Arena arena;
  EXPECT_EQ(what_of(Object::read(arena, *image)), "no error");
  for (Addr tag : {DT_STRTAB, DT_SYMTAB, DT_GNU_HASH, DT_HASH, DT_VERSYM})
    specimen.tag(tag) += bias;
  Result<Object> relocated = Object::read(arena, *image);
  ASSERT_EQ(what_of(relocated), "no error");
  EXPECT_EQ(relocated->dynamic.symtab, specimen.vaddr(specimen.symbols));
  EXPECT_TRUE(relocated->find("alpha", "SPEC_1").has_value());
}

TEST(ImageInMemory, ExecuteOnlySegmentsAreNotRead) {
  Specimen specimen;
  specimen.load.p_flags = PF_X;
  Result<Image> image = Image::of_mapped_object(reinterpret_cast<Addr>(&specimen));
  ASSERT_TRUE(image.has_value());
  EXPECT_TRUE(image->bytes(0, 1).empty());
  EXPECT_EQ(image->end(), sizeof specimen);
}

TEST(ImageInMemory, OtherFilesAreErrors) {
  Specimen specimen;
  specimen.header.e_machine = EM_S390;
  EXPECT_EQ(what_of(Image::of_mapped_object(reinterpret_cast<Addr>(&specimen))), kOtherMachine);
}

}  // namespace
}  // namespace bulkhead::elf
