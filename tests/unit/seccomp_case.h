// Filters and system calls for the tests of seccomp/.
#pragma once

#include <linux/audit.h>

#include <cstdint>
#include <vector>

#include "seccomp/compose.h"

namespace bulkhead::seccomp::testing {

using Code = std::vector<Instruction>;

inline Instruction operation(unsigned code, std::uint32_t k, unsigned yes = 0, unsigned no = 0) {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes),
          static_cast<std::uint8_t>(no), k};
}

inline Instruction give(std::uint32_t value) { return operation(BPF_RET | BPF_K, value); }

inline Instruction look_at(std::uint32_t offset) {
  return operation(BPF_LD | BPF_W | BPF_ABS, offset);
}

// The same answer for all.
inline Code always(std::uint32_t value) { return {give(value)}; }

// One answer for a number, another one for the rest.
inline Code if_number(std::uint32_t number, std::uint32_t yes, std::uint32_t no) {
  return {look_at(0), operation(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), give(yes), give(no)};
}

// As long as wished, with jumps as far as conditional ones reach.
inline Code long_one(std::size_t size, std::uint32_t value) {
  Code code(size, operation(BPF_ALU | BPF_ADD | BPF_K, 1));
  code.front() = look_at(0);
  code.back() = give(value);
  if (size > 258) code[1] = operation(BPF_JMP | BPF_JEQ | BPF_K, 0, 255, 255);
  return code;
}

// A call of `number` whose instruction is at `address`, as the kernel describes it.
inline ::seccomp_data call_at(std::uint64_t address, int number = 0) {
  ::seccomp_data data{};
  data.nr = number;
  data.arch = AUDIT_ARCH_X86_64;
  data.instruction_pointer = address + 2;  // behind `syscall`
  return data;
}

}  // namespace bulkhead::seccomp::testing
