#include "seccomp/filter.h"

#include <cstring>

namespace bulkhead::seccomp {
namespace {

// The operand's size in bits: the kernel refuses shifts that C does not define.
constexpr std::uint32_t kBits = 32;

bool is_conditional(std::uint16_t code) {
  switch (code) {
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_K: return true;
    default: return false;
  }
}

bool is_return(std::uint16_t code) {
  return code == (BPF_RET | BPF_K) || code == (BPF_RET | BPF_A);
}

// Whether an instruction that neither jumps nor returns is known, with an operand that is allowed.
bool is_plain(const Instruction& instruction) {
  switch (instruction.code) {
    case BPF_LD | BPF_W | BPF_ABS:
      return instruction.k % sizeof(std::uint32_t) == 0 && instruction.k < sizeof(::seccomp_data);
    case BPF_LD | BPF_IMM:
    case BPF_ALU | BPF_ADD | BPF_K:  // NOLINT: two of them are 0
    case BPF_ALU | BPF_SUB | BPF_K:
    case BPF_ALU | BPF_MUL | BPF_K:
    case BPF_ALU | BPF_AND | BPF_K:
    case BPF_ALU | BPF_OR | BPF_K:
    case BPF_ALU | BPF_XOR | BPF_K:
    case BPF_ALU | BPF_NEG: return true;
    case BPF_ALU | BPF_DIV | BPF_K: return instruction.k != 0;
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K: return instruction.k < kBits;
    default: return false;
  }
}

std::uint32_t load(const ::seccomp_data& data, std::uint32_t offset) {
  std::uint32_t word = 0;
  std::memcpy(&word, reinterpret_cast<const char*>(&data) + offset, sizeof word);
  return word;
}

}  // namespace

Status check(Filter filter) {
  if (filter.empty()) return fail(Fault::malformed, "the filter is empty");
  if (filter.size() > kMaxInstructions) {
    return fail(Fault::limit,
                "the filter is longer than the 4096 instructions that the kernel takes", {},
                "BPF_MAXINSNS");
  }
  for (std::size_t i = 0; i < filter.size(); ++i) {
    const Instruction& instruction = filter[i];
    std::size_t after = filter.size() - i - 1;  // instructions that follow
    if (is_return(instruction.code)) continue;
    if (after == 0) return fail(Fault::malformed, "the filter's last instruction is no return");
    bool inside = true;
    if (instruction.code == (BPF_JMP | BPF_JA)) {
      inside = instruction.k < after;
    } else if (is_conditional(instruction.code)) {
      inside = instruction.jt < after && instruction.jf < after;
    } else if (!is_plain(instruction)) {
      return fail(Fault::malformed, "the filter has an instruction that is not allowed");
    }
    if (!inside) return fail(Fault::malformed, "a jump leads out of the filter");
  }
  return {};
}

bool holds(const Instruction& jump, std::uint32_t accumulator) {
  switch (jump.code) {
    case BPF_JMP | BPF_JEQ | BPF_K: return accumulator == jump.k;
    case BPF_JMP | BPF_JGT | BPF_K: return accumulator > jump.k;
    case BPF_JMP | BPF_JGE | BPF_K: return accumulator >= jump.k;
    default: return (accumulator & jump.k) != 0;  // BPF_JSET
  }
}

std::uint32_t evaluate(Filter filter, const ::seccomp_data& data, std::size_t* steps) {
  std::uint32_t accumulator = 0;
  std::size_t executed = 0;
  for (std::size_t i = 0;; ++i) {
    const Instruction& instruction = filter[i];
    const std::uint32_t k = instruction.k;
    ++executed;
    switch (instruction.code) {
      case BPF_LD | BPF_W | BPF_ABS: accumulator = load(data, k); break;
      case BPF_LD | BPF_IMM: accumulator = k; break;
      case BPF_ALU | BPF_ADD | BPF_K: accumulator += k; break;  // NOLINT: two of them are 0
      case BPF_ALU | BPF_SUB | BPF_K: accumulator -= k; break;
      case BPF_ALU | BPF_MUL | BPF_K: accumulator *= k; break;
      case BPF_ALU | BPF_DIV | BPF_K: accumulator /= k; break;
      case BPF_ALU | BPF_AND | BPF_K: accumulator &= k; break;
      case BPF_ALU | BPF_OR | BPF_K: accumulator |= k; break;
      case BPF_ALU | BPF_XOR | BPF_K: accumulator ^= k; break;
      case BPF_ALU | BPF_LSH | BPF_K: accumulator <<= k; break;
      case BPF_ALU | BPF_RSH | BPF_K: accumulator >>= k; break;
      case BPF_ALU | BPF_NEG: accumulator = 0U - accumulator; break;
      case BPF_JMP | BPF_JA: i += k; break;
      case BPF_RET | BPF_K:
      case BPF_RET | BPF_A:
        if (steps != nullptr) *steps = executed;
        return instruction.code == (BPF_RET | BPF_K) ? k : accumulator;
      default: i += holds(instruction, accumulator) ? instruction.jt : instruction.jf; break;
    }
  }
}

}  // namespace bulkhead::seccomp
