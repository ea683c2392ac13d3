// What dlsym and dlinfo by a handle of the program's find behind shims.
//
// ld.so searches by handle in what its objects need. A shim needs what it stands for needs of the
// base, and other shims; natively the libraries that are private to the capsule belong to the
// search as well. So what ld.so does not find is looked for by the handle of the exposed library
// itself, whose needs are in the capsule.
#pragma once

#include "capsule/capsule.h"

namespace bulkhead::outside {

// By the handle of a shim, or of a library of the base that needs shims. `version`: null for any.
// Null if nothing is found. Asks ld.so, whose message for dlerror is lost.
void* symbol_behind(void* handle, const char* name, const char* version);

// The handle of the library of which a symbol that ld.so has found is only the shim's: it lacks
// that, since the shim was made for another tree. Null for any other symbol.
void* lacking_library(const void* found);

// dlinfo, by any handle: of a shim what there is to say of the library that it stands for, but for
// the namespace, which is the program's.
int info_behind(void* handle, int request, void* answer);

}  // namespace bulkhead::outside
