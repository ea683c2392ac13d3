#include "rules/disassemble.h"

#include <fmt/format.h>

#include <optional>

#include "arch/machine.h"
#include "rules/names.h"

namespace bulkhead::rules {
namespace {

using seccomp::Filter;
using seccomp::Instruction;

constexpr std::uint32_t kArguments = offsetof(::seccomp_data, args);
constexpr std::uint32_t kPointer = offsetof(::seccomp_data, instruction_pointer);

const char* half(std::uint32_t offset) { return offset % 8 == 0 ? "low" : "high"; }

std::string word_name(std::uint32_t offset) {
  if (offset == offsetof(::seccomp_data, nr)) return "nr";
  if (offset == offsetof(::seccomp_data, arch)) return "arch";
  if (offset < kArguments) return fmt::format("ip.{}", half(offset - kPointer));
  return fmt::format("arg{}.{}", (offset - kArguments) / 8, half(offset - kArguments));
}

// What a word is compared with, as far as it has a name.
std::string operand_name(const std::string& word, std::uint32_t value) {
  if (word == "nr") {
    if (value == ~0U) return "-1";
    if (value == arch::Native::kOtherAbiNumbers) return "the numbers of x32";
    return system_call_name(static_cast<int>(value));
  }
  if (word == "arch" && value == arch::Native::kAuditArchitecture) return "this machine's";
  return fmt::format("{:#x}", value);
}

const char* sign_of(std::uint16_t code) {
  switch (BPF_OP(code)) {
    case BPF_ADD: return "+";
    case BPF_SUB: return "-";
    case BPF_MUL: return "*";
    case BPF_DIV: return "/";
    case BPF_AND: return "&";
    case BPF_OR: return "|";
    case BPF_XOR: return "^";
    case BPF_LSH: return "<<";
    default: return ">>";
  }
}

class Disassembler {
 public:
  explicit Disassembler(Filter filter)
      : filter_(filter), is_target_(filter.size()), holds_(filter.size()) {}

  std::vector<std::string> lines() {
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < filter_.size(); ++i) bodies.push_back(line(i));
    std::vector<std::string> all;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      std::string label = is_target_[i] ? fmt::format("L{}:", i) : "";
      all.push_back(fmt::format("{:<6}{}", label, bodies[i]));
    }
    return all;
  }

 private:
  // Labels are the instructions' indices, so that two listings can be compared.
  std::string label(std::size_t target) {
    is_target_[target] = true;
    return fmt::format("L{}", target);
  }

  // What the accumulator holds there; "A" where several ways meet that differ in it.
  void flow(std::size_t to, const std::string& word) {
    if (!holds_[to]) {
      holds_[to] = word;
    } else if (*holds_[to] != word) {
      holds_[to] = "A";
    }
  }

  std::string line(std::size_t i) {
    const Instruction& instruction = filter_[i];
    std::string word = holds_[i].value_or("A");
    switch (BPF_CLASS(instruction.code)) {
      case BPF_RET:
        if (BPF_RVAL(instruction.code) == BPF_A) return "return " + word;
        return "return " + answer_name(instruction.k);
      case BPF_LD: {
        bool is_word = BPF_MODE(instruction.code) == BPF_ABS;
        std::string loaded =
            is_word ? word_name(instruction.k) : fmt::format("{:#x}", instruction.k);
        flow(i + 1, loaded);
        return "load " + loaded;
      }
      case BPF_ALU: {
        std::string result =
            BPF_OP(instruction.code) == BPF_NEG
                ? fmt::format("-({})", word)
                : fmt::format("({} {} {:#x})", word, sign_of(instruction.code), instruction.k);
        flow(i + 1, result);
        return "compute " + result;
      }
      default: return jump(i, word);
    }
  }

  std::string jump(std::size_t i, const std::string& word) {
    const Instruction& instruction = filter_[i];
    if (BPF_OP(instruction.code) == BPF_JA) {
      flow(i + 1 + instruction.k, word);
      return "go to " + label(i + 1 + instruction.k);
    }
    std::size_t yes = i + 1 + instruction.jt, no = i + 1 + instruction.jf;
    flow(yes, word);
    flow(no, word);
    // Where it goes on with the next instruction if the condition holds, the opposite reads better.
    if (instruction.jt == 0 && instruction.jf != 0) {
      return fmt::format("if {}: {}", condition(instruction, word, false), label(no));
    }
    std::string text = fmt::format("if {}: {}", condition(instruction, word, true), label(yes));
    if (instruction.jf != 0) text += ", else " + label(no);
    return text;
  }

  static std::string condition(const Instruction& instruction, const std::string& word,
                               bool holds) {
    std::string operand = operand_name(word, instruction.k);
    switch (BPF_OP(instruction.code)) {
      case BPF_JEQ: return fmt::format("{} {} {}", word, holds ? "==" : "!=", operand);
      case BPF_JGT: return fmt::format("{} {} {}", word, holds ? ">" : "<=", operand);
      case BPF_JGE: return fmt::format("{} {} {}", word, holds ? ">=" : "<", operand);
      default: return fmt::format("({} & {:#x}) {} 0", word, instruction.k, holds ? "!=" : "==");
    }
  }

  Filter filter_;
  std::vector<bool> is_target_;
  std::vector<std::optional<std::string>> holds_;
};

}  // namespace

std::vector<std::string> disassemble(Filter filter) { return Disassembler(filter).lines(); }

}  // namespace bulkhead::rules
