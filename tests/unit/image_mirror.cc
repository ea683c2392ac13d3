// Images that stand for a part of a library, as ld.so takes them.
#include "image/mirror.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "elf/object.h"

namespace bulkhead::image {
namespace {

constexpr const char* kFirst = "libfirst.so";
constexpr const char* kSecond = "libfirst.so.next";

class Twin : public testing::Test {
 protected:
  void SetUp() override {
    void* handle = ::dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    ASSERT_NE(handle, nullptr);
    link_map* map = nullptr;
    ASSERT_EQ(::dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
    Result<elf::Image> image = elf::Image::of_mapped_object(map->l_addr);
    ASSERT_TRUE(image.has_value());
    Result<elf::Object> object = elf::Object::read(arena, *image);
    ASSERT_TRUE(object.has_value());
    libc.emplace(*object);
    symbols = AbsoluteSymbols(arena, libc->symbols.symbols());
    for (elf::SymbolIndex i : libc->symbols.indices()) {
      std::string_view name = libc->symbols.name(i);
      if (!elf::is_exported(libc->symbols[i]) || !name.starts_with("pthread_")) continue;
      // Any numbers: nobody calls them here.
      symbols.set(i, 0x10000 + i);
      picked.insert(std::string(name));
    }
    ASSERT_GT(picked.size(), 50U);
    Twins twins = build_twins(arena, *libc, symbols, kFirst, kSecond);
    files = {bytes_of(twins.first), bytes_of(twins.second)};
  }

  static std::vector<std::byte> bytes_of(Pieces pieces) {
    std::vector<std::byte> bytes;
    for (std::span<const std::byte> piece : pieces) {
      bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
    return bytes;
  }

  // Has ld.so open it.
  static void* open(const std::vector<std::byte>& bytes) {
    int fd = ::memfd_create("twin", MFD_CLOEXEC);
    EXPECT_EQ(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    void* handle = ::dlopen(("/proc/self/fd/" + std::to_string(fd)).c_str(), RTLD_NOW);
    EXPECT_NE(handle, nullptr) << ::dlerror();
    return handle;  // the descriptor stays: a path that comes again is the same file to ld.so
  }

  Arena arena;
  std::optional<elf::Object> libc;
  AbsoluteSymbols symbols;
  std::set<std::string> picked;
  std::vector<std::vector<std::byte>> files;
};

TEST_F(Twin, HasEverySymbolThatWasPickedInEveryVersion) {
  for (const std::vector<std::byte>& file : files) {
    Result<elf::Image> image = elf::Image::of_file(file);
    ASSERT_TRUE(image.has_value());
    Result<elf::Object> object = elf::Object::read(arena, *image);
    ASSERT_TRUE(object.has_value());
    for (elf::SymbolIndex i : libc->symbols.indices()) {
      std::string_view name = libc->symbols.name(i);
      std::optional<elf::SymbolIndex> found = object->find(name, libc->versions.name(i));
      if (symbols[i] == 0) {
        EXPECT_FALSE(found.has_value()) << name;
        continue;
      }
      ASSERT_TRUE(found.has_value()) << name << '@' << libc->versions.name(i);
      EXPECT_EQ(object->symbols[*found].st_value, symbols[i]) << name;
      EXPECT_EQ(object->symbols[*found].st_shndx, SHN_ABS) << name;
      EXPECT_EQ(object->versions.is_default(*found), libc->versions.is_default(i)) << name;
    }
  }
}

TEST_F(Twin, DiffersFromTheOtherInItsNameAlone) {
  std::vector<std::string> names;
  for (const std::vector<std::byte>& file : files) {
    Result<elf::Image> image = elf::Image::of_file(file);
    ASSERT_TRUE(image.has_value());
    Result<elf::Object> object = elf::Object::read(arena, *image);
    ASSERT_TRUE(object.has_value());
    names.emplace_back(object->dynamic.soname());
  }
  EXPECT_EQ(names, (std::vector<std::string>{kFirst, kSecond}));
  ASSERT_EQ(files[0].size(), files[1].size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < files[0].size(); ++i) different += files[0][i] != files[1][i] ? 1 : 0;
  EXPECT_EQ(different, std::string(".next").size());
}

TEST_F(Twin, IsTakenByTheDynamicLinker) {
  void* first = open(files[0]);
  void* second = open(files[1]);
  ASSERT_NE(first, second);
  for (elf::SymbolIndex i : libc->symbols.indices()) {
    if (symbols[i] == 0) continue;
    std::string name(libc->symbols.name(i)), version(libc->versions.name(i));
    for (void* handle : {first, second}) {
      EXPECT_EQ(::dlvsym(handle, name.c_str(), version.c_str()),
                reinterpret_cast<void*>(symbols[i]))
          << name << '@' << version;
    }
  }
  EXPECT_EQ(::dlsym(first, "strlen"), nullptr);
  ::dlclose(first);
  ::dlclose(second);
}

TEST_F(Twin, TakesOneMappingWithNothingWrittenTo) {
  if (std::atoi(::gnu_get_libc_version() + 2) < 35) {
    GTEST_SKIP() << "ld.so writes to every dynamic section before glibc 2.35";
  }
  void* handle = open(files[0]);
  std::vector<std::string> mappings;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/memfd:twin") != std::string::npos) mappings.push_back(line);
  }
  ASSERT_EQ(mappings.size(), 1U);
  EXPECT_NE(mappings[0].find(" r--p "), std::string::npos) << mappings[0];
  ::dlclose(handle);
}

}  // namespace
}  // namespace bulkhead::image
