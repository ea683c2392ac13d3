// An image that tells when ld.so has relocated a library, and all that comes with it, and has run
// no constructor of it yet.
//
// It needs the library, so ld.so relocates it after that (and initialises it after that, too, which
// is why a constructor would come too late). Its one relocation refers to an IFUNC, whose resolver
// ld.so calls then: the function to be told. (The symbol is local and absolute, so no lookup and no
// load bias are in the way, and the image needs no code.)
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "elf/image.h"

namespace bulkhead::image {

// `library` is what DT_NEEDED is to say. `resolver`: the absolute address, in this process, of a
// function without parameters that returns a word. It is called by ld.so in the midst of dlopen: it
// may ask ld.so for things, but neither open nor close libraries.
Pieces build_observer(Arena& arena, std::string_view library, elf::Addr resolver);

}  // namespace bulkhead::image
