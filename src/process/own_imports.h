// This library's own references to libc's functions.
//
// A preloaded tool replaces functions for every object of the process, this one included. What
// opens the tool, and stands in for it until then, must not be answered by it: the references are
// bound anew, to the definitions of glibc's own libraries. The same where ld.so has bound them to
// the program's PLT entries, which are hooked.
#pragma once

namespace bulkhead::process {

// Does it, once. Calls no function of another library before that is done, so it may be called
// from anywhere. Thread-safe.
void bind_own_imports();

}  // namespace bulkhead::process
