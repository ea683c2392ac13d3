// What dlerror() is to say.
//
// ld.so keeps the message for the thread, so ours goes by way of ld.so: as the name of a file that
// is not found, between two marks.
#pragma once

#include <dlfcn.h>

#include <string_view>

#include "base/arena.h"
#include "base/result.h"

namespace bulkhead::inside {

// An error of ours in ld.so's words, which programs look for, and then in our own. `space`: where
// something was to be opened.
std::string_view in_words_of_ld_so(Arena& arena, Lmid_t space, const Error& error);

// Has the next dlerror() of this thread say `text`. Always null, as a failed dlopen returns.
void* refuse(Arena& arena, Lmid_t space, std::string_view text);

// dlerror(), without the marks.
char* last_error();

}  // namespace bulkhead::inside
