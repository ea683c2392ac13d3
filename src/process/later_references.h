// References to functions of glibc's by what is loaded later: they lead to ours from the beginning.
//
// What is loaded already has its words rewritten (words/slots.h). What comes later is bound by
// ld.so, by the symbol table of the library that has the function, before any constructor of it
// runs. So that table is given our function's address. What is bound already does not change by
// that.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "elf/types.h"
#include "image/absolute_symbols.h"

namespace bulkhead::process {

struct Lead {
  std::string_view name;
  elf::Addr from = 0;  // the function, glibc's
  elf::Addr to = 0;    // ours, in its place
};

// The most that there are.
inline constexpr std::size_t kMaxLeads = 8;

// Does it for the base, once, for good. `leads` stay. Where a table shares pages with code, which
// must not lose its right to run meanwhile, that library is left as it is. For who holds ld.so's
// lock.
void lead_later_references(Arena& arena, std::span<const Lead> leads);
bool are_later_references_led();

// Addresses that were read in these tables, as glibc had them.
void put_back_leads(const image::AbsoluteSymbols& symbols);

}  // namespace bulkhead::process
