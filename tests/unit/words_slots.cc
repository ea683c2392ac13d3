// Words that lead to a shim or to a function that ours stands in the place of, and what they lead
// to afterwards.
#include "words/slots.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "arch/machine.h"
#include "child.h"
#include "elf_specimen.h"

namespace bulkhead::words {
namespace {

using arch::Native;
using elf::Addr;
using elf::Specimen;

Addr address_of(const void* pointer) { return reinterpret_cast<Addr>(pointer); }

// As ld.so would have mapped it.
elf::Object loaded(Arena& arena, Specimen& specimen) {
  Result<elf::Image> image = elf::Image::of_memory(address_of(&specimen), {&specimen.load, 3});
  EXPECT_TRUE(image.has_value());
  Result<elf::Object> object = elf::Object::read(arena, *image);
  EXPECT_EQ(elf::what_of(object), "no error");
  return *object;
}

// A program with words that lead to a shim, which is a specimen as well.
class Rebind : public ::testing::Test {
 protected:
  Rebind() {
    Native::write_stub(stub(1), address_of(stub(1).data()), address_of(code_), symbol("alpha", 3));
  }

  std::span<std::byte> stub(std::size_t number) {
    return std::span(code_).subspan(number * Native::kStubSize, Native::kStubSize);
  }
  std::uint32_t symbol(std::string_view name, elf::Half version) const {
    return static_cast<std::uint32_t>(shim_.index_of(name, version));
  }
  Addr address_in_shim(std::uint32_t index) const {
    return address_of(&shim_) + shim_.symbols[index].st_value;
  }
  void relocate(std::uint32_t type, std::uint32_t index, elf::Rela& record, std::int64_t addend) {
    record.r_info = ELF64_R_INFO(index, type);
    record.r_addend = addend;
  }

  RebindCount rebind(std::span<const Import> imports = {}, bool fill_copies = false,
                     const elf::Object* source = nullptr) {
    elf::Object shim = loaded(arena_, shim_), program = loaded(arena_, program_);
    Rebinding rebinding{.code_begin = address_of(code_),
                        .code_end = address_of(code_) + sizeof code_,
                        .data_begin = address_of(data_),
                        .data_end = address_of(data_) + sizeof data_,
                        .shim = &shim,
                        .fill_copies = fill_copies};
    const elf::Object* const scope[] = {&program, source != nullptr ? source : &shim};
    process::GlobalScope global(arena_, scope);
    return words::rebind(arena_, program, {&rebinding, 1}, imports, global);
  }

  Arena arena_;
  Specimen program_, shim_;
  alignas(64) std::byte code_[4 * Native::kStubSize] = {};
  std::byte data_[64] = {};
};

TEST_F(Rebind, LeadsSlotsFromAStubToItsFunction) {
  program_.words[0] = program_.words[2] = address_of(stub(1).data());
  RebindCount count = rebind();
  EXPECT_EQ(count.functions, 2U);
  EXPECT_EQ(program_.words[0], address_in_shim(symbol("alpha", 3)));
  EXPECT_EQ(program_.words[2], program_.words[0]);
}

// As GNU ld leaves the address of a PLT entry there, which ld.so does not add.
TEST_F(Rebind, TakesNoNoticeOfASlotsAddend) {
  auto index = symbol("alpha", 3);
  for (std::uint32_t type : {Native::kJumpSlot, Native::kGlobDat}) {
    relocate(type, index, program_.rela[0], static_cast<std::int64_t>(Native::kStubSize));
    program_.words[0] = address_of(stub(1).data());
    EXPECT_EQ(rebind().functions, 1U);
    EXPECT_EQ(program_.words[0], address_in_shim(index));
    program_.words[0] = address_of(stub(2).data());  // by as much more than a stub is
    EXPECT_FALSE(rebind().any());
  }
}

TEST_F(Rebind, LeavesWordsThatLeadElsewhere) {
  program_.words[0] = address_of(stub(1).data()) + 1;  // into a stub
  program_.words[2] = address_of(stub(2).data());      // where none is
  EXPECT_FALSE(rebind().any());
  EXPECT_EQ(program_.words[0], address_of(stub(1).data()) + 1);
  EXPECT_EQ(program_.words[2], address_of(stub(2).data()));
}

TEST_F(Rebind, LeavesWordsThatNoRelocationIsFor) {
  program_.words[3] = address_of(stub(1).data());
  EXPECT_FALSE(rebind().any());
  EXPECT_EQ(program_.words[3], address_of(stub(1).data()));
}

TEST_F(Rebind, LeadsDataToTheObjectOfItsVersion) {
  for (auto [name, version] :
       {std::pair("alpha", 2), std::pair("alpha", 3), std::pair("beta", 2)}) {
    auto index = symbol(name, static_cast<elf::Half>(version));
    relocate(Native::kAbsolute, index, program_.rela[0], 4);
    program_.words[0] = address_of(data_) + 4;
    EXPECT_EQ(rebind().data, 1U);
    EXPECT_EQ(program_.words[0], address_in_shim(index) + 4) << name << '@' << version;
  }
}

TEST_F(Rebind, FillsCopiesWhenItIsTimeTo) {
  auto beta = symbol("beta", 2);
  relocate(Native::kCopy, beta, program_.rela[0], 0);
  program_.words[0] = 7;
  Addr content = 0x1122334455667788;
  std::memcpy(reinterpret_cast<void*>(address_in_shim(beta)), &content, sizeof content);
  EXPECT_EQ(rebind().copies, 0U);
  EXPECT_EQ(program_.words[0], 7U);
  EXPECT_EQ(rebind({}, true).copies, 1U);
  EXPECT_EQ(program_.words[0], content);
}

TEST_F(Rebind, CopiesNoMoreThanEitherSideHas) {
  auto beta = symbol("beta", 2);
  relocate(Native::kCopy, beta, program_.rela[0], 0);
  program_.words[0] = 0;
  shim_.symbols[beta].st_size = 2;
  Addr content = ~Addr{0};
  std::memcpy(reinterpret_cast<void*>(address_in_shim(beta)), &content, sizeof content);
  rebind({}, true);
  EXPECT_EQ(program_.words[0], 0xffffU);
}

TEST_F(Rebind, FillsCopiesOfTheFirstLibraryAlone) {
  Specimen other;
  elf::Object first = loaded(arena_, other);
  relocate(Native::kCopy, symbol("beta", 2), program_.rela[0], 0);
  program_.words[0] = 7;
  EXPECT_EQ(rebind({}, true, &first).copies, 0U);
  EXPECT_EQ(program_.words[0], 7U);
}

TEST_F(Rebind, LooksIntoTablesThatAreCopiesOfOtherLibraries) {
  Specimen other;
  auto beta = symbol("beta", 2);
  other.symbols[beta].st_value = other.vaddr(other.words[1]);
  other.symbols[beta].st_size = 2 * sizeof(Addr);
  other.rela[0].r_offset = other.vaddr(other.words[2]);
  relocate(Native::kAbsolute, symbol("alpha", 3), other.rela[0], 0);
  elf::Object source = loaded(arena_, other);
  program_.symbols[beta].st_size = 2 * sizeof(Addr);
  relocate(Native::kCopy, beta, program_.rela[0], 0);
  program_.words[0] = program_.words[1] = address_of(stub(1).data());
  program_.words[2] = 0;
  EXPECT_EQ(rebind({}, false, &source).functions, 1U);
  EXPECT_EQ(program_.words[0], address_of(stub(1).data()));  // which no relocation is for
  EXPECT_EQ(program_.words[1], address_in_shim(symbol("alpha", 3)));
}

TEST_F(Rebind, LeadsPointersToAnObjectsEndToItsEnd) {
  auto beta = symbol("beta", 2);
  relocate(Native::kAbsolute, beta, program_.rela[0], sizeof data_);
  program_.words[0] = address_of(data_) + sizeof data_;
  EXPECT_EQ(rebind().data, 1U);
  EXPECT_EQ(program_.words[0], address_in_shim(beta) + sizeof data_);
}

TEST_F(Rebind, LeadsReferencesToOurFunctions) {
  program_.words[0] = program_.words[2] = 1;
  Import ours{"imported", 0x4711};
  EXPECT_EQ(rebind({&ours, 1}).imports, 2U);
  EXPECT_EQ(program_.words[0], 0x4711U);
  EXPECT_EQ(program_.words[2], 0x4711U);
  Import other{"alpha", 0x4712};  // which the program itself defines
  EXPECT_EQ(rebind({&other, 1}).imports, 0U);
}

TEST(BindImport, ChangesTheSlotsOfThatNameAlone) {
  Arena arena;
  Specimen specimen;
  elf::Object object = loaded(arena, specimen);
  specimen.words[0] = specimen.words[1] = specimen.words[2] = 1;
  EXPECT_EQ(bind_import(object.image, "other", 0x4711), 0U);
  EXPECT_EQ(bind_import(object.image, "imported", 0x4711), 2U);
  EXPECT_EQ(specimen.words[0], 0x4711U);
  EXPECT_EQ(specimen.words[1], 1U);
  EXPECT_EQ(specimen.words[2], 0x4711U);
}

TEST(BindImport, ProtectsRelroAgain) {
  auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::size_t size = (sizeof(Specimen) + page - 1) / page * page;
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  auto& specimen = *new (pages) Specimen;
  specimen.spare = {.p_type = PT_GNU_RELRO, .p_flags = PF_R, .p_memsz = size};
  ASSERT_EQ(::mprotect(pages, size, PROT_READ), 0);
  Result<elf::Image> image = elf::Image::of_memory(address_of(pages), {&specimen.load, 3});
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(bind_import(*image, "imported", 0x4711), 2U);
  EXPECT_EQ(specimen.words[2], 0x4711U);
  testing::Outcome outcome = testing::in_child([&] {
    ::signal(SIGSEGV, SIG_DFL);
    specimen.words[2] = 1;
  });
  EXPECT_EQ(outcome.signal, SIGSEGV);
  ::munmap(pages, size);
}

}  // namespace
}  // namespace bulkhead::words
