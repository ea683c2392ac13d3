// Build IDs: found, and not read out of bounds.
#include "elf/notes.h"

#include <gtest/gtest.h>

#include <cstring>

#include "elf_specimen.h"

namespace bulkhead::elf {
namespace {

// The specimen with a note of eight bytes, in the place of the words that are relocated.
struct Noted : Specimen {
  struct Note {
    ElfW(Nhdr) header{sizeof name, sizeof id, NT_GNU_BUILD_ID};
    char name[4] = {'G', 'N', 'U', '\0'};
    unsigned char id[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  } note;

  Noted() {
    spare.p_type = PT_NOTE;
    spare.p_vaddr = vaddr(words);
    spare.p_offset = vaddr(words);
    spare.p_filesz = spare.p_memsz = sizeof note;
    spare.p_align = 4;
  }

  std::span<const std::byte> find() {
    static_assert(sizeof note <= sizeof words);
    std::memcpy(words, &note, sizeof note);
    Result<Image> file = image();
    return file ? build_id(*file) : std::span<const std::byte>{};
  }
};

TEST(Notes, TheBuildIdIsFound) {
  Noted specimen;
  std::span<const std::byte> id = specimen.find();
  ASSERT_EQ(id.size(), 8U);
  EXPECT_EQ(std::memcmp(id.data(), specimen.note.id, 8), 0);
}

TEST(Notes, NoneWithoutTheSegment) {
  Noted specimen;
  specimen.spare.p_type = PT_NULL;
  EXPECT_TRUE(specimen.find().empty());
}

TEST(Notes, OfAnotherOwnerOrKindIsNone) {
  Noted owner;
  owner.note.name[0] = 'X';
  EXPECT_TRUE(owner.find().empty());
  Noted kind;
  kind.note.header.n_type = NT_GNU_ABI_TAG;
  EXPECT_TRUE(kind.find().empty());
}

TEST(Notes, PastTheEndOfTheSegmentIsNone) {
  Noted longer;
  longer.note.header.n_descsz = 9;
  EXPECT_TRUE(longer.find().empty());
  Noted huge;
  huge.note.header.n_namesz = 0xffffffff;
  EXPECT_TRUE(huge.find().empty());
  Noted outside;
  outside.spare.p_vaddr = 0x7fffffff0000;
  EXPECT_TRUE(outside.find().empty());
}

}  // namespace
}  // namespace bulkhead::elf
