// ld.so.cache: both formats, made here byte by byte, and damaged in every byte.
#include "resolve/ld_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/fd.h"

namespace {

using namespace bulkhead;
using resolve::Hwcaps;
using resolve::LdCache;

constexpr std::uint32_t kThisAbi = 0x0303;  // x86-64
constexpr std::uint64_t kHwcapExtension = std::uint64_t{1} << 62;

struct Row {
  std::string key, value;
  std::uint32_t flags = kThisAbi;
  std::uint64_t hwcap = 0;
};

// A subdirectory's entry: its index in the list, and the ISA level the file is marked with.
std::uint64_t hwcap(std::uint32_t index, unsigned isa_level) {
  return kHwcapExtension | std::uint64_t{isa_level} << 32 | index;
}

class Bytes {
 public:
  template <class T>
  void put(T value) {
    const auto* raw = reinterpret_cast<const char*>(&value);
    data_.append(raw, sizeof value);
  }
  void text(std::string_view text) { data_ += text; }
  void pad_to(std::size_t alignment) {
    data_.resize((data_.size() + alignment - 1) / alignment * alignment);
  }
  template <class T>
  void patch(std::size_t offset, T value) {
    std::memcpy(data_.data() + offset, &value, sizeof value);
  }
  std::size_t size() const { return data_.size(); }
  std::string& data() { return data_; }

 private:
  std::string data_;
};

// Names that occur in both tables of a combined file must be sorted as ldconfig sorts.
void sort(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    int order = resolve::compare_library_names(a.key, b.key);
    return order != 0 ? order > 0 : a.hwcap > b.hwcap;
  });
}

std::string new_format(std::vector<Row> rows, const std::vector<std::string>& subdirectories = {},
                       std::size_t at = 0) {
  sort(rows);
  Bytes file;
  file.text("glibc-ld.so.cache1.1");
  file.put<std::uint32_t>(static_cast<std::uint32_t>(rows.size()));
  file.put<std::uint32_t>(0);  // size of the strings; nobody needs it
  file.put<std::uint32_t>(2);  // little endian
  file.put<std::uint32_t>(0);  // extension: patched below
  for (int i = 0; i < 3; ++i) file.put<std::uint32_t>(0);
  const std::size_t entries = file.size();
  for (const Row& row : rows) {
    file.put(row.flags);
    file.put<std::uint32_t>(0);
    file.put<std::uint32_t>(0);
    file.put<std::uint32_t>(0);
    file.put(row.hwcap);
  }
  auto add_string = [&](const std::string& text) {
    auto offset = static_cast<std::uint32_t>(file.size());
    file.text(text);
    file.text(std::string_view("", 1));
    return offset;
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    file.patch(entries + i * 24 + 4, add_string(rows[i].key));
    file.patch(entries + i * 24 + 8, add_string(rows[i].value));
  }
  if (!subdirectories.empty()) {
    std::vector<std::uint32_t> names;
    for (const std::string& name : subdirectories) names.push_back(add_string(name));
    file.pad_to(4);
    file.patch(32, static_cast<std::uint32_t>(at + file.size()));
    file.put<std::uint32_t>(0xeaa42174);
    file.put<std::uint32_t>(2);
    const auto after = static_cast<std::uint32_t>(at + file.size() + 32);
    for (std::uint32_t word :
         {0U, 0U, after, 0U, 1U, 0U, after, static_cast<std::uint32_t>(4 * names.size())}) {
      file.put(word);
    }
    for (std::uint32_t name : names) file.put(name);
  }
  return file.data();
}

std::string old_format(std::vector<Row> rows, const std::string& embedded = {}) {
  sort(rows);
  Bytes file;
  file.text("ld.so-1.7.0");
  file.pad_to(4);
  file.put<std::uint32_t>(static_cast<std::uint32_t>(rows.size()));
  std::string strings;
  const std::size_t table = 16 + rows.size() * 12;
  if (!embedded.empty()) {
    strings.resize((table + 7) / 8 * 8 - table);
    strings += embedded;
  }
  for (const Row& row : rows) {
    file.put(row.flags);
    file.put(static_cast<std::uint32_t>(strings.size()));
    strings += row.key + '\0';
    file.put(static_cast<std::uint32_t>(strings.size()));
    strings += row.value + '\0';
  }
  file.text(strings);
  return file.data();
}

// A cache with its bytes.
class Cache {
 public:
  explicit Cache(std::string file) : file_(std::move(file)) {
    Result<LdCache> cache = LdCache::parse(as_bytes(file_));
    EXPECT_TRUE(cache.has_value()) << (cache ? "" : cache.error().what);
    if (cache) cache_ = *cache;
  }
  Cache(const Cache&) = delete;

  std::string_view find(std::string_view name, int level = 1) const {
    Hwcaps hwcaps(level);
    return cache_.find(name, hwcaps);
  }

 private:
  std::string file_;
  LdCache cache_;
};

const std::vector<Row> kRows = {{"libz.so.1", "/lib/libz.so.1"},
                                {"libssl.so.3", "/lib/libssl.so.3"},
                                {"libssl.so.1.1", "/lib/libssl.so.1.1"},
                                {"libc.so.6", "/lib/libc.so.6"},
                                {"libLLVM-9.so", "/lib/libLLVM-9.so"},
                                {"libLLVM-19.so", "/lib/libLLVM-19.so"},
                                {"ld-linux-x86-64.so.2", "/lib/ld-linux-x86-64.so.2"}};

void expect_all_rows(const Cache& cache) {
  for (const Row& row : kRows) EXPECT_EQ(cache.find(row.key), row.value);
  for (const char* name : {"", "libz.so", "libz.so.2", "libz.so.10", "libz.so.1x", "a", "~", "9"}) {
    EXPECT_EQ(cache.find(name), "") << name;
  }
}

TEST(LdCache, NewFormat) { expect_all_rows(Cache(new_format(kRows))); }
TEST(LdCache, OldFormat) { expect_all_rows(Cache(old_format(kRows))); }

TEST(LdCache, NewFormatInsideTheOld) {
  for (std::size_t old_rows : {0, 1, 2, 3}) {  // with and without padding between
    std::vector<Row> decoys(old_rows, Row{"libz.so.1", "/old"});
    std::size_t at = (16 + old_rows * 12 + 7) / 8 * 8;
    expect_all_rows(Cache(old_format(decoys, new_format(kRows, {}, at))));
  }
}

TEST(LdCache, NumbersInNamesCompareAsNumbers) {
  using resolve::compare_library_names;
  EXPECT_LT(compare_library_names("libx.so.9", "libx.so.10"), 0);
  EXPECT_GT(compare_library_names("libx.so.10", "libx.so.9"), 0);
  EXPECT_EQ(compare_library_names("libx.so.010", "libx.so.10"), 0);
  EXPECT_GT(compare_library_names("lib1", "liba"), 0);
  EXPECT_LT(compare_library_names("liba", "lib1"), 0);
  EXPECT_LT(compare_library_names("lib", "liba"), 0);
  EXPECT_GT(compare_library_names("liba", "lib"), 0);
  EXPECT_GT(compare_library_names("lib1", "lib"), 0);
  EXPECT_EQ(compare_library_names("", ""), 0);
}

TEST(LdCache, OtherAbisArePassedOver) {
  for (std::uint32_t flags : {0x0003U, 0x0803U, 0x0a03U, 0x0301U, 0U}) {
    Cache cache(new_format({{"libz.so.1", "/lib32/libz.so.1", flags},
                            {"libz.so.1", "/lib64/libz.so.1"},
                            {"libz.so.1", "/later/libz.so.1"}}));
    EXPECT_EQ(cache.find("libz.so.1"), "/lib64/libz.so.1");
  }
}

TEST(LdCache, PlatformDirectoriesFromBefore237ArePassedOver) {
  Cache cache(new_format({{"libz.so.1", "/lib/haswell/libz.so.1", kThisAbi, 1},
                          {"libz.so.1", "/lib/tls/libz.so.1", kThisAbi, std::uint64_t{1} << 63}}));
  EXPECT_EQ(cache.find("libz.so.1", 4), "/lib/tls/libz.so.1");
}

class LdCacheHwcaps : public testing::Test {
 protected:
  const std::vector<std::string> names_ = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "z99"};
  const std::vector<Row> rows_ = {{"libz.so.1", "/v2", kThisAbi, hwcap(0, 0)},
                                  {"libz.so.1", "/v3", kThisAbi, hwcap(1, 2)},
                                  {"libz.so.1", "/v4", kThisAbi, hwcap(2, 3)},
                                  {"libz.so.1", "/z99", kThisAbi, hwcap(3, 0)},
                                  {"libz.so.1", "/plain"}};
  std::string_view at_level(const Cache& cache, int level) {
    return cache.find("libz.so.1", level);
  }
};

TEST_F(LdCacheHwcaps, TheBestUsableSubdirectoryWins) {
  Cache cache(new_format(rows_, names_));
  EXPECT_EQ(at_level(cache, 1), "/plain");
  EXPECT_EQ(at_level(cache, 2), "/v2");
  EXPECT_EQ(at_level(cache, 3), "/v3");
  EXPECT_EQ(at_level(cache, 4), "/v4");
}

TEST_F(LdCacheHwcaps, InTheCombinedFileToo) {
  Cache cache(old_format({{"libz.so.1", "/old"}}, new_format(rows_, names_, 32)));
  EXPECT_EQ(at_level(cache, 1), "/plain");
  EXPECT_EQ(at_level(cache, 3), "/v3");
}

TEST_F(LdCacheHwcaps, AMarkedFileNeedsItsLevelWhereverItLies) {
  // In the directory for v2, but marked as needing v4.
  Cache cache(
      new_format({{"libz.so.1", "/v2", kThisAbi, hwcap(0, 3)}, {"libz.so.1", "/plain"}}, names_));
  EXPECT_EQ(at_level(cache, 3), "/plain");
  EXPECT_EQ(at_level(cache, 4), "/v2");
}

TEST_F(LdCacheHwcaps, WithoutTheListOnlyPlainEntriesCount) {
  Cache cache(new_format(rows_));
  EXPECT_EQ(at_level(cache, 4), "/plain");
}

TEST(LdCache, WhatIsNoCache) {
  std::string swapped = new_format(kRows);
  swapped[28] = 3;
  EXPECT_EQ(LdCache::parse(as_bytes(swapped)).error().fault, Fault::unsupported);
  std::string absurd = new_format(kRows);
  absurd.replace(20, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(LdCache::parse(as_bytes(absurd)).error().fault, Fault::malformed);
  std::string absurd_old = old_format(kRows);
  absurd_old.replace(12, 4, "\xff\xff\xff\x7f");
  EXPECT_EQ(LdCache::parse(as_bytes(absurd_old)).error().fault, Fault::malformed);
  for (std::string text :
       {"", "l", "ld.so-1.7.0", "glibc-ld.so.cache1.1", "glibc-ld.so.cache1.0", "ELF"}) {
    EXPECT_FALSE(LdCache::parse(as_bytes(text)).has_value()) << text;
  }
}

// Asks for everything; the sanitizers watch.
void ask_everything(std::string_view bytes) {
  // On the heap in its exact size, so that one byte too far is noticed.
  std::vector<char> exact(bytes.begin(), bytes.end());
  Result<LdCache> cache = LdCache::parse(as_bytes({exact.data(), exact.size()}));
  if (!cache) return;
  Hwcaps hwcaps(4);
  for (const Row& row : kRows) {
    std::string_view found = cache->find(row.key, hwcaps);
    ASSERT_TRUE(found.empty() || (found.data() >= exact.data() &&
                                  found.data() + found.size() < exact.data() + exact.size()));
  }
  (void)cache->find("libz.so.999999999999999999999999", hwcaps);
}

TEST(LdCache, DamageInAnyByteIsHarmless) {
  std::vector<Row> rows = kRows;
  rows.push_back({"libz.so.1", "/v3/libz.so.1", kThisAbi, hwcap(1, 0)});
  std::string combined_new = new_format(rows, {"x86-64-v2", "x86-64-v3"}, 40);
  for (const std::string& file :
       {new_format(rows, {"x86-64-v2", "x86-64-v3"}), old_format(kRows),
        old_format({{"liba.so", "/a"}, {"libb.so", "/b"}}, combined_new)}) {
    for (std::size_t i = 0; i < file.size(); ++i) {
      for (int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        std::string damaged = file;
        damaged[i] = static_cast<char>(value);
        ask_everything(damaged);
      }
      ask_everything(std::string_view(file).substr(0, i));
    }
  }
}

}  // namespace
