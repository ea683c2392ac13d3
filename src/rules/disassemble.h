// Filters for readers: one line for each instruction, in words, with labels where jumps lead.
#pragma once

#include <string>
#include <vector>

#include "seccomp/filter.h"

namespace bulkhead::rules {

// `filter` must have passed seccomp::check(). For instance:
//
//         load nr
//         if nr != execve: L1
//         return kill
//     L1: return allow
//
// An address or an argument has 64 bits and is compared in two halves: "arg0.high", "arg0.low".
std::vector<std::string> disassemble(seccomp::Filter filter);

}  // namespace bulkhead::rules
