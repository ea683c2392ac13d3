// Functions of glibc that have to know of capsules when the program calls them.
//
// dl_iterate_phdr lists capsules too: leak checkers, collectors and crash reporters go by it.
// dlopen of an exposed library by the path of its file in the tree opens the capsule's, as by its
// name; and by the path of this system's, if by its name the program gets the capsule's. (One that
// opens shims by their paths has this system's besides.) With RTLD_NOLOAD it finds what code in the
// capsule has opened. dlclose of a handle that such code has given to the program gives that back.
// dlinfo speaks of the library that a shim stands for. dlsym finds what an exposed library got
// after its shim was made, and by handle what is private to the capsule: see behind.h.
#pragma once

#include <span>

#include "base/arena.h"
#include "capsule/capsule.h"
#include "words/slots.h"

namespace bulkhead::outside {

// Which of them the base is to call when this capsule is open: for settle_shims. `close`: dlclose,
// for handles of both sides. May load a library in the base.
std::span<const words::Import> base_hooks(Arena& arena, const capsule::Capsule& capsule,
                                          int (*close)(void* handle));

// Has `function` called by base_is_hooked: by whom hooks words of the base, too.
void after_base_hooks(void (*function)());

// To be called when settle_shims has changed words for these functions.
void base_is_hooked();

// What the program's dlopen of that file, called at `caller`, is to open: an exposed library's
// name, or the same. Null stays null. RTLD_NOLOAD in `mode` goes if only the program has not loaded
// it.
const char* file_for_program(const char* file, int& mode, const void* caller);

}  // namespace bulkhead::outside
