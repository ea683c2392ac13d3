// An image that tells when ld.so has relocated libraries, and all that comes with them, and has run
// no constructor of them yet.
//
// It needs them, so ld.so relocates it after them (and initialises it after them, too, which is why
// a constructor would come too late). Its one relocation refers to an IFUNC, whose resolver
// ld.so calls then: the function to be told. (The symbol is local and absolute, so no lookup and no
// load bias are in the way, and the image needs no code.)
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "elf/image.h"

namespace bulkhead::image {

// `libraries` is what DT_NEEDED is to say, one after the other. `resolver`: the absolute address,
// in this process, of a function without parameters that returns a word. It is called by ld.so in
// the midst of dlopen: it may ask ld.so for things, but neither open nor close libraries.
Pieces build_observer(Arena& arena, std::span<const std::string_view> libraries,
                      elf::Addr resolver);

}  // namespace bulkhead::image
