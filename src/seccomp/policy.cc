#include "seccomp/policy.h"

#include <cstring>
#include <type_traits>

#include "arch/machine.h"
#include "base/list.h"
#include "base/text.h"

namespace bulkhead::seccomp {
namespace {

constexpr std::uint32_t kMagic = 0x53534b42;  // "BKSS"
constexpr std::string_view kElsewhere = "default";

struct Header {
  std::uint32_t magic;
  std::uint16_t major;
  std::uint16_t minor;
  std::uint32_t size;          // of this structure; the first region follows
  std::uint32_t architecture;  // AUDIT_ARCH_…
  std::uint32_t other_abi;
  std::uint32_t regions;
};

// Followed by the filter, then by the selector.
struct Record {
  std::uint32_t size;  // of it and all that follows it; the next one begins there
  std::uint32_t instructions;
  std::uint32_t selector;  // bytes
};

template <class T>
void put(List<char>& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
  out.append({reinterpret_cast<const char*>(&value), sizeof value});
}

// The first bytes as a T, and none if there are fewer. The bytes may lie anywhere, so it is a copy.
template <class T>
bool peek(std::string_view bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  return true;
}

std::unexpected<Error> ends_early() {
  return fail(Fault::malformed, "the compiled seccomp policy ends early");
}

// Takes a region off the bytes.
Result<RegionRules> read_region(Arena& arena, std::string_view& rest) {
  Record record{};
  if (!peek(rest, record)) return ends_early();
  // In 64 bits the sum of three 32-bit sizes does not overflow.
  std::uint64_t filter_size = std::uint64_t{record.instructions} * sizeof(Instruction);
  std::uint64_t needed = sizeof record + filter_size + record.selector;
  if (record.size < needed) {
    return fail(Fault::malformed, "a region of the compiled seccomp policy is damaged");
  }
  if (record.size > rest.size()) return ends_early();
  if (record.instructions > kMaxInstructions) {
    return fail(Fault::limit, "a region's filter is longer than the kernel takes");
  }
  std::string_view content = drop(rest, sizeof record);
  std::span<Instruction> filter = arena.array<Instruction>(record.instructions);
  if (!filter.empty()) std::memcpy(filter.data(), content.data(), filter.size_bytes());
  std::string_view selector = take(drop(content, filter_size), record.selector);
  if (Status status = check(filter); !status) return about(status.error(), selector);
  rest = drop(rest, record.size);
  return RegionRules{selector, filter};
}

}  // namespace

std::string_view encode(Arena& arena, const Policy& policy) {
  List<char> bytes(arena);
  put(bytes, Header{.magic = kMagic,
                    .major = kMajor,
                    .minor = kMinor,
                    .size = sizeof(Header),
                    .architecture = arch::Native::kAuditArchitecture,
                    .other_abi = policy.other_abi,
                    .regions = static_cast<std::uint32_t>(policy.regions.size())});
  for (const RegionRules& region : policy.regions) {
    put(bytes, Record{.size = static_cast<std::uint32_t>(
                          sizeof(Record) + region.filter.size_bytes() + region.selector.size()),
                      .instructions = static_cast<std::uint32_t>(region.filter.size()),
                      .selector = static_cast<std::uint32_t>(region.selector.size())});
    for (const Instruction& instruction : region.filter) put(bytes, instruction);
    bytes.append({region.selector.data(), region.selector.size()});
  }
  return {bytes.begin(), bytes.size()};
}

Result<Policy> decode(Arena& arena, std::string_view bytes) {
  Header header{};
  if (!peek(bytes, header)) return ends_early();
  if (header.magic != kMagic) return fail(Fault::malformed, "is no compiled seccomp policy");
  if (header.major != kMajor) {
    return fail(
        Fault::unsupported,
        join(arena, {"the seccomp policy was compiled as version ", decimal(arena, header.major),
                     "; this library reads version ", decimal(arena, kMajor)}),
        {}, {}, "use the command and the libraries of one release of bulkhead");
  }
  if (header.architecture != arch::Native::kAuditArchitecture) {
    return fail(Fault::unsupported, "the seccomp policy was compiled for another machine");
  }
  if (header.size < sizeof header) {
    return fail(Fault::malformed, "the header of the compiled seccomp policy is damaged");
  }
  if (header.size > bytes.size()) return ends_early();
  std::string_view rest = drop(bytes, header.size);
  List<RegionRules> regions(arena);
  for (std::uint32_t i = 0; i < header.regions; ++i) {
    Result<RegionRules> region = read_region(arena, rest);
    if (!region) return std::unexpected(region.error());
    bool is_last = i + 1 == header.regions;
    if ((region->selector == kElsewhere) != is_last) {
      return fail(Fault::malformed,
                  "\"default\" must be the last region of a compiled seccomp policy, and no other");
    }
    regions.push_back(*region);
  }
  if (regions.empty()) return fail(Fault::malformed, "the compiled seccomp policy has no region");
  return Policy{header.other_abi, regions.view()};
}

}  // namespace bulkhead::seccomp
