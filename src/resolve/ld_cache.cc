#include "resolve/ld_cache.h"

#include <algorithm>
#include <cstring>

#include "arch/machine.h"
#include "base/text.h"

namespace bulkhead::resolve {
namespace {

constexpr std::string_view kOldMagic = "ld.so-1.7.0";
constexpr std::string_view kNewMagic = "glibc-ld.so.cache1.1";

// Old: magic, padding to 12, count; then {flags, key, value}.
constexpr std::size_t kOldHeader = 16;
constexpr std::size_t kOldEntry = 12;
// New: magic (20), count, size of strings, byte order (1 + 3), extension offset, 3 unused
// words; then {flags, key, value, os version, hwcap (64 bits)}.
constexpr std::size_t kNewHeader = 48;
constexpr std::size_t kNewEntry = 24;
constexpr std::size_t kNewAlignment = 8;

constexpr std::uint8_t kByteOrderMask = 3;
constexpr std::uint8_t kByteOrderUnset = 0;  // written before 2.32
constexpr std::uint8_t kByteOrderNative = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 2 : 3;

constexpr std::uint32_t kExtensionMagic = 0xeaa42174;
constexpr std::uint32_t kTagHwcaps = 1;
constexpr std::size_t kExtensionSection = 16;  // tag, flags, offset, size

// hwcap: bit 62 marks an entry of a glibc-hwcaps subdirectory, bits 32 to 41 hold the ISA
// level the library was marked with (0: baseline), the low half the subdirectory's index.
constexpr std::uint64_t kHwcapExtension = std::uint64_t{1} << 62;
constexpr std::uint64_t kIsaLevelMask = 0x3ff;
// Bit 63 was set for libraries with TLS until 2.37, and is always acceptable.
constexpr std::uint64_t kHwcapTls = std::uint64_t{1} << 63;

template <class T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  if (offset <= bytes.size() && sizeof(T) <= bytes.size() - offset) {
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
  }
  return value;
}

bool starts_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

// The list of glibc-hwcaps names; nothing if there is no extension or it is damaged.
std::span<const std::byte> find_subdirectories(std::span<const std::byte> file,
                                               std::uint32_t extension) {
  if (extension == 0 || extension % 4 != 0 ||
      load<std::uint32_t>(file, extension) != kExtensionMagic) {
    return {};
  }
  const std::size_t count = load<std::uint32_t>(file, extension + 4);
  const std::size_t sections = std::size_t{extension} + 8;
  if (sections > file.size() || count > (file.size() - sections) / kExtensionSection) return {};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = sections + i * kExtensionSection;
    if (load<std::uint32_t>(file, at) != kTagHwcaps) continue;
    const std::size_t offset = load<std::uint32_t>(file, at + 8);
    const std::size_t size = load<std::uint32_t>(file, at + 12);
    if (offset > file.size() || size > file.size() - offset) return {};
    return file.subspan(offset, size);
  }
  return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Removes the digits at the front. Wraps around like the writer's int would, or any other
// way: no such name exists.
std::uint32_t take_number(std::string_view& text) {
  std::uint32_t number = 0;
  while (!text.empty() && is_digit(text.front())) {
    number = number * 10 + static_cast<std::uint32_t>(text.front() - '0');
    text = drop(text, 1);
  }
  return number;
}

}  // namespace

int compare_library_names(std::string_view a, std::string_view b) {
  while (!a.empty()) {
    const bool digit_b = !b.empty() && is_digit(b.front());
    if (is_digit(a.front())) {
      if (!digit_b) return 1;
      auto left = static_cast<std::int32_t>(take_number(a));
      auto right = static_cast<std::int32_t>(take_number(b));
      if (left != right) return left < right ? -1 : 1;
      continue;
    }
    if (digit_b) return -1;
    if (b.empty()) return 1;
    if (a.front() != b.front()) return a.front() < b.front() ? -1 : 1;
    a = drop(a, 1);
    b = drop(b, 1);
  }
  return b.empty() ? 0 : -1;
}

Result<LdCache> LdCache::parse(std::span<const std::byte> bytes) {
  LdCache cache;
  std::span<const std::byte> table = bytes;  // the part in the new format
  if (starts_with(bytes, kOldMagic)) {
    if (bytes.size() < kOldHeader) return fail(Fault::malformed, "is truncated");
    const std::size_t count = load<std::uint32_t>(bytes, kOldHeader - 4);
    if (count > (bytes.size() - kOldHeader) / kOldEntry)
      return fail(Fault::malformed, "is truncated");
    const std::size_t end = kOldHeader + count * kOldEntry;
    const std::size_t aligned = (end + kNewAlignment - 1) & ~(kNewAlignment - 1);
    table = bytes.subspan(std::min(aligned, bytes.size()));
    if (!starts_with(table, kNewMagic) || table.size() < kNewHeader) {
      cache.entry_size_ = kOldEntry;
      cache.count_ = count;
      cache.entries_ = bytes.subspan(kOldHeader, count * kOldEntry);
      cache.strings_ = bytes.subspan(end);
      return cache;
    }
  }
  if (!starts_with(table, kNewMagic)) return fail(Fault::malformed, "is not an ld.so.cache");
  if (table.size() < kNewHeader) return fail(Fault::malformed, "is truncated");
  const auto order = static_cast<std::uint8_t>(load<std::uint8_t>(table, 28) & kByteOrderMask);
  if (order != kByteOrderUnset && order != kByteOrderNative) {
    return fail(Fault::unsupported, "is of another byte order");
  }
  const std::size_t count = load<std::uint32_t>(table, 20);
  if (count > (table.size() - kNewHeader) / kNewEntry)
    return fail(Fault::malformed, "is truncated");
  cache.entry_size_ = kNewEntry;
  cache.count_ = count;
  cache.entries_ = table.subspan(kNewHeader, count * kNewEntry);
  cache.strings_ = table;
  // The extension's offset is relative to the file, all others to the new header.
  cache.subdirectories_ = find_subdirectories(bytes, load<std::uint32_t>(table, 32));
  return cache;
}

std::string_view LdCache::string(std::uint32_t offset) const {
  if (offset >= strings_.size()) return {};
  const char* start = reinterpret_cast<const char*>(strings_.data()) + offset;
  const void* end = std::memchr(start, 0, strings_.size() - offset);
  if (end == nullptr) return {};
  return {start, static_cast<std::size_t>(static_cast<const char*>(end) - start)};
}

std::string_view LdCache::key(std::size_t index) const {
  return string(load<std::uint32_t>(entries_, index * entry_size_ + 4));
}

LdCache::Entry LdCache::entry(std::size_t index) const {
  const std::size_t at = index * entry_size_;
  return {load<std::uint32_t>(entries_, at), key(index),
          string(load<std::uint32_t>(entries_, at + 8)),
          entry_size_ == kNewEntry ? load<std::uint64_t>(entries_, at + 16) : 0};
}

int LdCache::rank(std::uint64_t hwcap, Hwcaps& hwcaps) const {
  const auto isa_level = static_cast<int>((hwcap >> 32) & kIsaLevelMask);
  if (isa_level >= hwcaps.level()) return -1;  // 0 stands for level 1
  const auto index = static_cast<std::uint32_t>(hwcap);
  if (index >= subdirectories_.size() / 4) return -1;
  std::string_view name = string(load<std::uint32_t>(subdirectories_, std::size_t{index} * 4));
  std::span<const std::string_view> usable = hwcaps.names();
  for (std::size_t i = 0; i < usable.size(); ++i) {
    if (usable[i] == name) return static_cast<int>(i);
  }
  return -1;
}

std::string_view LdCache::find(std::string_view name, Hwcaps& hwcaps) const {
  // The first of the entries of that name, in a descending table.
  std::size_t low = 0;
  std::size_t high = count_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (compare_library_names(name, key(middle)) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  std::string_view best;
  int best_rank = -1;
  for (std::size_t i = low; i < count_; ++i) {
    Entry candidate = entry(i);
    if (compare_library_names(name, candidate.key) != 0) break;
    if (candidate.flags != arch::Native::kLdCacheFlags || candidate.value.empty()) continue;
    if (((candidate.hwcap >> 32) & ~kIsaLevelMask) == kHwcapExtension >> 32) {
      int found = rank(candidate.hwcap, hwcaps);
      if (found < 0 || (best_rank >= 0 && found >= best_rank)) continue;
      best = candidate.value;
      best_rank = found;
      continue;
    }
    // Plain entries come last. Other bits are the platform directories (haswell, i686…)
    // that glibc gave up in 2.37.
    if (best_rank >= 0) break;
    if ((candidate.hwcap & ~kHwcapTls) != 0) continue;
    return candidate.value;
  }
  return best;
}

}  // namespace bulkhead::resolve
