// Words that hold a thread-local variable's place.
#include "words/thread_words.h"

#include <gtest/gtest.h>

#include <vector>

#include "arch/machine.h"
#include "elf_specimen.h"

namespace bulkhead::words {
namespace {

using arch::Native;
using elf::Addr;

class ThreadWords : public testing::Test {
 protected:
  ThreadWords() {
    specimen_.rela[0].r_info = ELF64_R_INFO(1, Native::kTlsPlace);
    specimen_.jmprel[0].r_info = ELF64_R_INFO(1, Native::kTlsPlace);
  }
  elf::Image image() const {
    return *elf::Image::of_memory(reinterpret_cast<Addr>(&specimen_), {&specimen_.load, 3});
  }
  std::vector<Addr> places() {
    std::vector<Addr> places;
    for (Addr each : thread_places(arena_, image())) places.push_back(each);
    return places;
  }

  Arena arena_;
  elf::Specimen specimen_;
};

TEST_F(ThreadWords, AreThoseOfThatKindOfRelocation) {
  specimen_.words[0] = 16;
  specimen_.words[1] = 17;  // of another kind
  specimen_.words[2] = 18;
  EXPECT_EQ(places(), (std::vector<Addr>{16, 18}));
}

TEST_F(ThreadWords, AreLeftOutWhereTheyAreOutOfBounds) {
  specimen_.rela[0].r_offset = sizeof specimen_;
  specimen_.words[2] = 18;
  EXPECT_EQ(places(), std::vector<Addr>{18});
}

TEST_F(ThreadWords, MoveToTheFirstPlaceThatIsSaid) {
  specimen_.words[0] = static_cast<Addr>(-16);  // below the thread pointer
  specimen_.words[1] = static_cast<Addr>(-16);
  specimen_.words[2] = 18;
  const PlaceMove moves[] = {
      {static_cast<Addr>(-16), static_cast<Addr>(-32)}, {static_cast<Addr>(-32), 1}, {19, 2}};
  EXPECT_EQ(move_thread_words(image(), moves), 1U);
  EXPECT_EQ(specimen_.words[0], static_cast<Addr>(-32));
  EXPECT_EQ(specimen_.words[1], static_cast<Addr>(-16));
  EXPECT_EQ(specimen_.words[2], 18U);
}

TEST(ThreadPlace, IsRelativeToTheThreadPointer) {
  static thread_local Addr variable = 4711;
  Addr place = thread_place(&variable);
  EXPECT_EQ(at_thread_place(place), &variable);
}

}  // namespace
}  // namespace bulkhead::words
