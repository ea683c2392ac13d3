// This library's own references to libc's functions.
//
// A preloaded tool replaces functions for every object of the process, this one included. What
// opens the tool, and stands in for it until then, must not be answered by it: the references are
// bound anew, to the definitions of glibc's own libraries. The same where ld.so has bound them to
// the program's PLT entries, which are hooked, or to an exposed library that comes before libc.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bulkhead::process {

// Does it, once. Calls no function of another library before that is done, so it may be called
// from anywhere. Thread-safe.
void bind_own_imports();

// Whether one of them is bound to an address in [begin, begin + size): to a stub of a shim, whose
// library has a name of libc's. Calls nothing.
bool own_imports_lead_into(std::uintptr_t begin, std::size_t size);

}  // namespace bulkhead::process
