#include "seccomp/shortcut.h"

#include <algorithm>
#include <optional>

#include "arch/machine.h"
#include "base/list.h"

namespace bulkhead::seccomp {
namespace {

using Machine = arch::Native;

// Twice as many are possible in theory; then hardly a call is left that has no rule.
constexpr std::size_t kMaxNodes = 200;
// Each is tried with all filters, when a program starts.
constexpr std::size_t kMaxBorders = 2048;

enum class Known : std::uint8_t { nothing, number, constant };

// Whether the filter allows calls of that number without looking at what else it is given. What it
// does with the number but comparing it is not followed: then neighbours would tell nothing of each
// other.
bool allows(Filter filter, std::uint32_t number) {
  Known known = Known::constant;
  std::uint32_t accumulator = 0;
  for (std::size_t i = 0;; ++i) {
    const Instruction& instruction = filter[i];
    switch (instruction.code) {
      case BPF_RET | BPF_K: return instruction.k == SECCOMP_RET_ALLOW;
      case BPF_JMP | BPF_JA: i += instruction.k; break;
      case BPF_LD | BPF_W | BPF_ABS:
        if (instruction.k == offsetof(::seccomp_data, nr)) {
          known = Known::number;
          accumulator = number;
        } else if (instruction.k == offsetof(::seccomp_data, arch)) {
          known = Known::constant;
          accumulator = Machine::kAuditArchitecture;
        } else {
          known = Known::nothing;
        }
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
      case BPF_JMP | BPF_JGT | BPF_K:
      case BPF_JMP | BPF_JGE | BPF_K:
        if (known == Known::nothing) return false;
        i += holds(instruction, accumulator) ? instruction.jt : instruction.jf;
        break;
      default: return false;
    }
  }
}

bool all_allow(std::span<const Filter> filters, std::uint32_t number) {
  return std::ranges::all_of(filters, [&](Filter filter) { return allows(filter, number); });
}

// Numbers from here on, up to the next stretch's.
struct Stretch {
  std::uint32_t from;
  bool allowed;
};

// Between the numbers that a filter compares with, all fare alike.
List<Stretch> stretches_of(Arena& arena, std::span<const Filter> filters) {
  List<std::uint32_t> borders(arena);
  borders.push_back(0);
  for (Filter filter : filters) {
    for (const Instruction& each : filter) {
      if (BPF_CLASS(each.code) != BPF_JMP || each.k >= Machine::kOtherAbiNumbers) continue;
      borders.push_back(each.k);
      borders.push_back(each.k + 1);
    }
  }
  std::sort(borders.begin(), borders.end());
  borders.truncate(
      static_cast<std::size_t>(std::unique(borders.begin(), borders.end()) - borders.begin()));
  List<Stretch> stretches(arena);
  if (borders.size() > kMaxBorders) return stretches;
  for (std::uint32_t from : borders) {
    bool allowed = from < Machine::kOtherAbiNumbers && all_allow(filters, from);
    if (stretches.empty() || stretches.back().allowed != allowed) {
      stretches.push_back({from, allowed});
    }
  }
  if (stretches.back().allowed) stretches.push_back({Machine::kOtherAbiNumbers, false});
  return stretches;
}

// A binary search in which every step is one instruction.
class Search {
 public:
  Search(Arena& arena, std::span<const Stretch> stretches)
      : stretches_(stretches), nodes_(arena), code_(arena) {}

  Filter make() {
    add(0, stretches_.size() - 1);
    const std::size_t allow = nodes_.size(), behind = allow + 1;
    auto distance = [&](std::size_t from, std::size_t to) {
      if (to == kAllow) to = allow;
      if (to == kBehind) to = behind;
      return static_cast<std::uint8_t>(to - from - 1);
    };
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      code_.push_back(
          {BPF_JMP | BPF_JGE | BPF_K, distance(i, node.high), distance(i, node.low), node.border});
    }
    code_.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
    return code_.view();
  }

 private:
  static constexpr std::size_t kAllow = ~std::size_t{0}, kBehind = kAllow - 1;
  struct Node {
    std::uint32_t border;
    std::size_t high, low;  // nodes, or one of the above
  };

  // What decides among the stretches first … last.
  std::size_t add(std::size_t first, std::size_t last) {
    if (first == last) return stretches_[first].allowed ? kAllow : kBehind;
    std::size_t middle = first + (last - first + 1) / 2;
    std::size_t at = nodes_.size();
    nodes_.push_back({stretches_[middle].from, 0, 0});
    std::size_t low = add(first, middle - 1), high = add(middle, last);
    nodes_[at].low = low;
    nodes_[at].high = high;
    return at;
  }

  std::span<const Stretch> stretches_;
  List<Node> nodes_;
  List<Instruction> code_;
};

}  // namespace

Filter make_shortcut(Arena& arena, std::span<const Filter> filters) {
  List<Stretch> stretches = stretches_of(arena, filters);
  if (stretches.size() < 2 || stretches.size() - 1 > kMaxNodes) return {};
  return Search(arena, stretches.view()).make();
}

}  // namespace bulkhead::seccomp
