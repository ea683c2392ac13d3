// Real libraries and programs, read from their files and in memory, against what the dynamic
// linker itself says of them.
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <link.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "elf/name_index.h"
#include "elf/object.h"
#include "elf/references.h"
#include "elf/relocs.h"
#include "elf_specimen.h"

namespace bulkhead::elf {
namespace {

constexpr const char* kLibraries[] = {"libc.so.6",      "libm.so.6",     "libz.so.1",
                                      "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"};

class SystemLibrary : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    handle = ::dlopen(GetParam(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) GTEST_SKIP() << GetParam() << " is not installed here";
    ASSERT_EQ(::dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
    Fd fd(::open(map->l_name, O_RDONLY | O_CLOEXEC));
    Result<FileMapping> mapped = FileMapping::of(fd.get());
    ASSERT_TRUE(mapped.has_value()) << map->l_name;
    mapping = std::move(*mapped);
    Result<Image> image = Image::of_file(mapping.bytes());
    ASSERT_EQ(what_of(image), "no error");
    Result<Object> object = Object::read(arena, *image);
    ASSERT_EQ(what_of(object), "no error");
    file.emplace(*object);
    image = Image::of_mapped_object(map->l_addr);
    ASSERT_EQ(what_of(image), "no error");
    object = Object::read(arena, *image);
    ASSERT_EQ(what_of(object), "no error");
    memory.emplace(*object);
  }

  void* handle = nullptr;
  link_map* map = nullptr;
  Arena arena;
  FileMapping mapping;
  std::optional<Object> file, memory;
};

TEST_P(SystemLibrary, AnIndexNamesEveryObjectThatHasASymbolInTheirOrder) {
  const Object* objects[] = {&*file, &*memory, &*file};
  const NameIndex index(arena, objects);
  if (file->symbols.gnu() == nullptr) {
    EXPECT_FALSE(index.is_complete());
    return;
  }
  for (SymbolIndex i : file->symbols.indices()) {
    if (!is_exported(file->symbols[i])) continue;
    std::vector<std::size_t> named;
    index.for_each(gnu_hash(file->symbols.name(i)), [&](std::size_t object) {
      named.push_back(object);
      return false;
    });
    EXPECT_EQ(named, (std::vector<std::size_t>{0, 1, 2})) << file->symbols.name(i);
  }
  std::size_t strange = 0;
  index.for_each(gnu_hash("no library has a name like this"), [&](std::size_t) {
    ++strange;
    return false;
  });
  EXPECT_EQ(strange, 0U);
}

TEST_P(SystemLibrary, ReferencesCarryTheirNamesHash) {
  List<Reference> list(arena);
  append_references(*file, list);
  for (const Reference& each : list) EXPECT_EQ(each.gnu_hash, gnu_hash(each.name)) << each.name;
}

TEST_P(SystemLibrary, FindsEverySymbolUnderItsOwnVersion) {
  std::size_t exported = 0;
  std::size_t failures = 0;
  for (SymbolIndex i : file->symbols.indices()) {
    if (!is_exported(file->symbols[i])) continue;
    ++exported;
    std::string_view name = file->symbols.name(i);
    std::optional<SymbolIndex> found = file->find(name, file->versions.name(i));
    if (!file->versions.name(i).empty() || !file->versions.any()) {
      EXPECT_EQ(found, i) << name << '@' << file->versions.name(i) << (++failures, "");
    } else {
      EXPECT_TRUE(found.has_value()) << name << (++failures, "");
    }
    EXPECT_EQ(memory->find(name, file->versions.name(i)), found) << name;
    ASSERT_LT(failures, 20U);
  }
  EXPECT_GT(exported, 10U);
}

TEST_P(SystemLibrary, FiltersLinksOfHashChainsAsHashes) {
  const GnuHash* hash = file->symbols.gnu();
  if (hash == nullptr) GTEST_SKIP() << GetParam() << " has DT_HASH alone";
  for (std::uint32_t link : hash->chains) ASSERT_TRUE(hash->may_contain_either(link));
  std::size_t refused = 0;
  std::uint32_t link = 1;
  for (int i = 0; i < 100000; ++i) {
    link = link * 1664525 + 1013904223;  // any numbers
    bool either = hash->may_contain(link & ~1U) || hash->may_contain(link | 1U);
    ASSERT_EQ(hash->may_contain_either(link), either) << link;
    refused += either ? 0 : 1;
  }
  EXPECT_GT(refused, 0U);
}

TEST_P(SystemLibrary, GivesTheAddressesThatDlvsymGives) {
  // Its handle has no search list: dlsym answers null without an error (glibc 2.36).
  if (std::string_view(GetParam()).starts_with("ld-linux"))
    GTEST_SKIP() << "dlsym finds nothing in it";
  std::size_t compared = 0;
  for (SymbolIndex i : file->symbols.indices()) {
    const Sym& symbol = file->symbols[i];
    const unsigned type = symbol_type(symbol);
    // Others have no address of their own, or one that a resolver gives.
    if (!is_exported(symbol) || symbol.st_shndx == SHN_ABS) continue;
    if (type != STT_FUNC && type != STT_OBJECT) continue;
    // STB_GNU_UNIQUE ones may lie in another library.
    if (symbol_binding(symbol) == STB_GNU_UNIQUE) continue;
    const std::string name(file->symbols.name(i));
    const std::string version(file->versions.name(i));
    void* address = version.empty() ? ::dlsym(handle, name.c_str())
                                    : ::dlvsym(handle, name.c_str(), version.c_str());
    std::optional<SymbolIndex> found = file->find(std::string_view(name), version);
    ASSERT_TRUE(found.has_value()) << name;
    EXPECT_EQ(reinterpret_cast<Addr>(address), map->l_addr + file->symbols[*found].st_value)
        << name << '@' << version;
    ++compared;
  }
  EXPECT_GT(compared, 10U);
}

TEST_P(SystemLibrary, DoesNotFindWhatIsNotThere) {
  for (const char* name : {"", "no_such_symbol_anywhere", "GLIBC_99.9", "_init_"}) {
    EXPECT_EQ(file->find(name, ""), std::nullopt) << name;
    EXPECT_EQ(file->find(name, "GLIBC_2.2.5"), std::nullopt) << name;
  }
  for (SymbolIndex i : file->symbols.indices()) {
    if (!is_exported(file->symbols[i]) || file->versions.name(i).empty()) continue;
    ASSERT_EQ(file->find(file->symbols.name(i), "NO_SUCH_VERSION_1"), std::nullopt);
  }
}

TEST_P(SystemLibrary, IsTheSameInMemory) {
  ASSERT_EQ(file->symbols.size(), memory->symbols.size());
  EXPECT_EQ(file->dynamic.soname(), memory->dynamic.soname());
  EXPECT_EQ(file->dynamic.symtab, memory->dynamic.symtab);
  EXPECT_EQ(file->dynamic.verdef, memory->dynamic.verdef);
  EXPECT_EQ(file->dynamic.relr.address, memory->dynamic.relr.address);
  EXPECT_EQ(file->image.end(), memory->image.end());
  ASSERT_EQ(file->versions.definitions().size(), memory->versions.definitions().size());
  for (SymbolIndex i : file->symbols.indices(0)) {
    ASSERT_EQ(file->symbols.name(i), memory->symbols.name(i));
    ASSERT_EQ(file->versions.raw(i), memory->versions.raw(i));
  }
  for (const VersionDefinition& definition : file->versions.definitions()) {
    EXPECT_EQ(definition.hash, sysv_hash(definition.name));
    if ((definition.flags & VER_FLG_BASE) == 0) {
      EXPECT_TRUE(memory->versions.defines(definition.name)) << definition.name;
    }
  }
}

TEST_P(SystemLibrary, HasItsRelocationsInsideItself) {
  std::size_t count = 0;
  auto inside = [&](Addr where) {
    ++count;
    ASSERT_EQ(memory->image.bytes(where, sizeof(Addr)).size(), sizeof(Addr)) << where;
  };
  Status status =
      for_each_relocation(file->image, file->dynamic, [&](const Relocation& relocation) {
        inside(relocation.offset);
        const bool none = relocation.symbol == SymbolNumber::none;
        ASSERT_TRUE(none || file->symbols.index(relocation.symbol));
      });
  EXPECT_EQ(what_of(status), "no error");
  EXPECT_EQ(what_of(for_each_relative(file->image, file->dynamic, inside)), "no error");
  EXPECT_GT(count, 0U);
}

TEST_P(SystemLibrary, BloomFilterNeverDeniesASymbol) {
  const GnuHash* gnu = file->symbols.gnu();
  ASSERT_NE(gnu, nullptr);
  for (SymbolIndex i : file->symbols.indices(gnu->symbol_offset)) {
    ASSERT_TRUE(gnu->may_contain(gnu_hash(file->symbols.name(i))));
  }
  EXPECT_EQ(gnu->raw.size(),
            16 + gnu->bloom.size_bytes() + gnu->buckets.size_bytes() + gnu->chains.size_bytes());
}

INSTANTIATE_TEST_SUITE_P(All, SystemLibrary, ::testing::ValuesIn(kLibraries),
                         [](const auto& suite) {
                           std::string name = suite.param;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

// What a program imports, even if it exports nothing.
TEST(SystemProgram, NamesWhatItImports) {
  for (const char* path : {"/bin/cat", "/usr/bin/env", "/proc/self/exe"}) {
    Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) continue;
    Result<FileMapping> mapping = FileMapping::of(fd.get());
    Arena arena;
    Result<Image> image = Image::of_file(mapping->bytes());
    ASSERT_EQ(what_of(image), "no error") << path;
    Result<Object> object = Object::read(arena, *image);
    if (!object && object.error().fault == Fault::unsupported) continue;  // a static one
    ASSERT_EQ(what_of(object), "no error") << path;
    std::map<std::string, std::string> imports;
    for (SymbolIndex i : object->symbols.indices()) {
      if (object->symbols[i].st_shndx == SHN_UNDEF) {
        imports[std::string(object->symbols.name(i))] = object->versions.needed_from(i);
      }
    }
    EXPECT_TRUE(imports.contains("__libc_start_main")) << path;
    EXPECT_EQ(imports["__libc_start_main"], "libc.so.6") << path;
  }
}

TEST(SystemVdso, IsReadWhereItLies) {
  const Ehdr* vdso = nullptr;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* found) {
        if (std::string_view(info->dlpi_name).starts_with("linux-vdso")) {
          *static_cast<Addr*>(found) = info->dlpi_addr;
        }
        return 0;
      },
      &vdso);
  if (vdso == nullptr) GTEST_SKIP() << "there is no vDSO here";
  Arena arena;
  Result<Image> image = Image::of_mapped_object(reinterpret_cast<Addr>(vdso));
  ASSERT_EQ(what_of(image), "no error");
  Result<Object> object = Object::read(arena, *image);
  ASSERT_EQ(what_of(object), "no error");
  EXPECT_TRUE(object->find("__vdso_clock_gettime", "LINUX_2.6").has_value() ||
              object->find("__kernel_clock_gettime", "LINUX_2.6.39").has_value());
}

}  // namespace
}  // namespace bulkhead::elf
