#include "seccomp/compose.h"

#include <algorithm>
#include <cstring>

#include "arch/machine.h"
#include "base/list.h"
#include "base/text.h"
#include "base/try.h"
#include "seccomp/shortcut.h"

namespace bulkhead::seccomp {
namespace {

using Machine = arch::Native;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "where the halves of 64 bits are");
constexpr std::uint32_t kNumber = offsetof(::seccomp_data, nr);
constexpr std::uint32_t kArchitecture = offsetof(::seccomp_data, arch);
constexpr std::uint32_t kPointerLow = offsetof(::seccomp_data, instruction_pointer);
constexpr std::uint32_t kPointerHigh = kPointerLow + 4;

Instruction plain(unsigned code, std::uint32_t k) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}

Instruction branch(unsigned comparison, std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
  return {static_cast<std::uint16_t>(BPF_JMP | BPF_K | comparison), yes, no, k};
}

Instruction load(std::uint32_t offset) { return plain(BPF_LD | BPF_W | BPF_ABS, offset); }

bool same(Filter a, Filter b) {
  return a.size() == b.size() &&
         (a.data() == b.data() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

// A filter begins with 0 in the accumulator, a part with what the dispatch left there. libseccomp's
// load something first.
bool may_read_accumulator(const Instruction& first) {
  return BPF_CLASS(first.code) != BPF_LD && first.code != (BPF_RET | BPF_K);
}

// A range and the index of its region.
struct Owned {
  Range range;
  std::size_t region;
};

// From this value of the instruction pointer on, up to the next one's, `part` decides.
struct Stretch {
  std::uint64_t from;
  std::size_t part;
};

class Composer {
 public:
  explicit Composer(Arena& arena)
      : arena_(arena), parts_(arena), stretches_(arena), jumps_(arena), code_(arena) {}

  Result<Filter> compose(std::span<const Region> regions, Filter elsewhere,
                         std::uint32_t other_abi) {
    if (Status status = check(elsewhere); !status) return about(status.error(), "default");
    parts_.push_back(elsewhere);
    BH_TRY(lay_out(regions));
    write(other_abi, make_shortcut(arena_, parts_.view()));
    // What is only faster is no reason to refuse a policy.
    if (code_.size() > kMaxInstructions) write(other_abi, {});
    if (code_.size() > kMaxInstructions) {
      return fail(
          Fault::limit,
          join(arena_, {"the seccomp filter has ", decimal(arena_, code_.size()),
                        " instructions; the kernel takes 4096 (BPF_MAXINSNS)"}),
          {},
          join(arena_, {decimal(arena_, stretches_.size() - 1), " borders between regions, ",
                        decimal(arena_, parts_.size()), " different filters"}),
          "name fewer system calls or fewer libraries in the policy");
    }
    return code_.view();
  }

 private:
  std::size_t part_of(Filter filter) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (same(parts_[i], filter)) return i;
    }
    parts_.push_back(filter);
    return parts_.size() - 1;
  }

  // Turns the regions' ranges into stretches that cover all addresses.
  Status lay_out(std::span<const Region> regions) {
    List<Owned> owned(arena_);
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (Status status = check(regions[i].filter); !status) {
        return about(status.error(), regions[i].name);
      }
      for (const Range& range : regions[i].ranges) {
        if (range.begin >= range.end) {
          return fail(Fault::malformed,
                      join(arena_, {"a range from ", hexadecimal(arena_, range.begin), " to ",
                                    hexadecimal(arena_, range.end), " holds no address"}),
                      regions[i].name);
        }
        owned.push_back({range, i});
      }
    }
    std::sort(owned.begin(), owned.end(),
              [](const Owned& a, const Owned& b) { return a.range.begin < b.range.begin; });
    stretches_.push_back({0, 0});
    for (std::size_t i = 0; i < owned.size(); ++i) {
      const Owned& each = owned[i];
      if (i > 0 && owned[i - 1].range.end > each.range.begin) {
        return overlap(regions[owned[i - 1].region].name, regions[each.region].name,
                       each.range.begin);
      }
      begin_stretch(each.range.begin, part_of(regions[each.region].filter));
      begin_stretch(each.range.end, 0);
    }
    return {};
  }

  std::unexpected<Error> overlap(std::string_view one, std::string_view other,
                                 std::uint64_t address) {
    return fail(Fault::conflict,
                join(arena_, {"the address ", hexadecimal(arena_, address),
                              " is in two ranges, of ", one, " and of ", other}),
                other);
  }

  // What the kernel sees lies behind the instruction.
  void begin_stretch(std::uint64_t address, std::size_t part) {
    std::uint64_t from = 0;
    if (__builtin_add_overflow(address, Machine::kSystemCallSize, &from)) return;
    if (stretches_.back().from == from) stretches_.truncate(stretches_.size() - 1);
    if (stretches_.back().part != part) stretches_.push_back({from, part});
  }

  void check_abi(std::uint32_t other_abi) {
    code_.push_back(load(kArchitecture));
    code_.push_back(branch(BPF_JEQ, Machine::kAuditArchitecture, 1, 0));
    code_.push_back(plain(BPF_RET | BPF_K, other_abi));
    // -1 is no number of x32: a tracer has put it there, for a call that is to be skipped.
    code_.push_back(load(kNumber));
    code_.push_back(branch(BPF_JGE, Machine::kOtherAbiNumbers, 0, 2));
    code_.push_back(branch(BPF_JEQ, ~0U, 1, 0));
    code_.push_back(plain(BPF_RET | BPF_K, other_abi));
  }

  void write(std::uint32_t other_abi, Filter shortcut) {
    code_.truncate(0);
    jumps_.truncate(0);
    check_abi(other_abi);
    code_.append(shortcut);
    dispatch(0, stretches_.size() - 1);
    append_parts();
  }

  // A binary search among stretches_[first … last]. The way to the higher half is a jump of its
  // own, as conditional jumps reach 255 instructions only.
  void dispatch(std::size_t first, std::size_t last) {
    if (first == last) {
      jump_to_part(first);
      return;
    }
    std::size_t middle = first + (last - first + 1) / 2;
    std::uint64_t border = stretches_[middle].from;
    auto high = static_cast<std::uint32_t>(border >> 32);
    auto low = static_cast<std::uint32_t>(border);
    code_.push_back(load(kPointerHigh));
    code_.push_back(branch(BPF_JGT, high, 3, 0));
    code_.push_back(branch(BPF_JEQ, high, 0, 3));
    code_.push_back(load(kPointerLow));
    code_.push_back(branch(BPF_JGE, low, 0, 1));
    if (middle == last) {
      jump_to_part(last);
      dispatch(first, middle - 1);
      return;
    }
    std::size_t jump = code_.size();
    code_.push_back(plain(BPF_JMP | BPF_JA, 0));
    dispatch(first, middle - 1);
    code_[jump].k = static_cast<std::uint32_t>(code_.size() - jump - 1);
    dispatch(middle, last);
  }

  // Where the part lies is known once the dispatch is written.
  void jump_to_part(std::size_t stretch) {
    jumps_.push_back({code_.size(), stretches_[stretch].part});
    code_.push_back(plain(BPF_JMP | BPF_JA, 0));
  }

  void append_parts() {
    std::span<std::size_t> starts = arena_.array<std::size_t>(parts_.size());
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      starts[i] = code_.size();
      if (may_read_accumulator(parts_[i][0])) code_.push_back(plain(BPF_LD | BPF_IMM, 0));
      code_.append(parts_[i]);
    }
    for (const Jump& jump : jumps_.view()) {
      code_[jump.at].k = static_cast<std::uint32_t>(starts[jump.part] - jump.at - 1);
    }
  }

  struct Jump {
    std::size_t at;
    std::size_t part;
  };

  Arena& arena_;
  List<Filter> parts_;  // the first one is for everywhere else
  List<Stretch> stretches_;
  List<Jump> jumps_;
  List<Instruction> code_;
};

}  // namespace

Result<Filter> compose(Arena& arena, std::span<const Region> regions, Filter elsewhere,
                       std::uint32_t other_abi) {
  return Composer(arena).compose(regions, elsewhere, other_abi);
}

}  // namespace bulkhead::seccomp
