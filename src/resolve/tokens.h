// Dynamic string tokens: $ORIGIN, $LIB and $PLATFORM, also as ${ORIGIN}.
//
// They stand in DT_RPATH, DT_RUNPATH, DT_NEEDED and LD_LIBRARY_PATH; ld.so(8), and the
// System V gABI's "Substitution Sequences": the longest identifier after '$' counts, so
// "$ORIGINAL" is no token.
#pragma once

#include <string_view>

#include "base/arena.h"

namespace bulkhead::resolve {

struct Tokens {
  std::string_view origin;    // the directory of the library that uses them
  std::string_view lib;       // "lib/x86_64-linux-gnu", "lib64"…
  std::string_view platform;  // AT_PLATFORM
};

// Text with the tokens replaced, in `arena` (the very text if it has no '$'); empty if a
// token has no value here, as ld.so then ignores the whole path.
std::string_view expand(Arena& arena, std::string_view text, const Tokens& tokens);

}  // namespace bulkhead::resolve
