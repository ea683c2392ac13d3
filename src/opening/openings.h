// Libraries that are opened in a capsule one by one: by code inside it, or through the interface.
//
// A handle is that of the library, as dlopen has it. ld.so counts its openings, and so do we: the
// manifest by which it was opened keeps in scope what belongs to it, and goes when the last one
// is closed.
#pragma once

#include <link.h>

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::opening {

// What to open, and for whom.
struct Wanted {
  std::string_view name;           // a bare name, or an absolute path inside the tree
  resolve::Searcher::Scope scope;  // of the library that asks
  std::string_view library_path;   // see OpenRequest
};

// Opens what is not loaded yet, or is and can be found again. `mode` is dlopen's.
Result<void*> open_library(Arena& arena, capsule::Capsule& capsule, const Wanted& wanted, int mode);

// A handle of what is loaded under that path or name; null if nothing is. `manifest`: by which it
// was opened just now; null if it was not.
void* take_handle(capsule::Capsule& capsule, std::string_view path, int mode, link_map* manifest);

// What is opened from now on sees the library, a handle of the capsule, as natively with
// RTLD_GLOBAL; and so does what was opened before, for functions that it has not called yet.
void make_global(capsule::Capsule& capsule, void* handle);

// Whether that is a handle which open_library or take_handle gave, and is not given back.
bool is_open(const void* handle);

// Gives a handle back, of whichever capsule. What dlclose says.
int close_handle(void* handle);

// The program's dlclose: also of what code in a capsule has opened and given to it, and of what it
// has itself. Once the process is ending, that stays: its destructors wait (turns/endings.h).
int close_for_program(void* handle);

}  // namespace bulkhead::opening
