// What the user may ask for of a single library, and which of these wishes contradict each other.
// Asked by the command, by the reader of files and, inside the program, by bh_capsule_open: each of
// them says it in words of its own. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace bulkhead::plan {

enum class Wish : std::uint8_t { expose, share, keep_private };

// SONAMEs.
struct WishLists {
  std::span<const std::string_view> expose;
  std::span<const std::string_view> share;
  std::span<const std::string_view> keep_private;
};

struct Contradiction {
  enum class Kind : std::uint8_t {
    two_wishes,  // the name is in the lists of `wish` and of `other`, of which `wish` comes first
    part_of_glibc,  // exposed or private, but there is one glibc in a process
    always_shared,  // exposed, but the program's copy serves every capsule
  };
  Kind kind;
  std::string_view name;
  Wish wish;
  Wish other;  // of two_wishes; else the same as `wish`
};

// The first one, in the order of Wish; nothing if the lists can be fulfilled.
std::optional<Contradiction> find_contradiction(const WishLists& lists);

}  // namespace bulkhead::plan
