// Thread-local symbols of images that stand for another library.
//
// Such a symbol is an offset in its module's block, which every thread has one of. Where blocks
// are in static TLS they are equally far from the thread pointer in all threads, so a symbol of one
// module can mean another's variable: its value has to be larger by the distance of the two
// blocks. All that ld.so makes of it is right then: words of any TLS model, descriptors, what
// dlsym gives. So a stand-in has a small block of its own, in static TLS, and words by which
// ld.so tells of it: the module's number, its place relative to the thread pointer, and a
// descriptor of it.
#pragma once

#include <cstddef>

#include "image/builder.h"
#include "image/relocations.h"

namespace bulkhead::image {

struct TlsBlock {
  static constexpr std::size_t kRelocations = 3;
  static constexpr std::size_t kWords = 4;  // the descriptor has two
};

// Gives the image a block. `words`: TlsBlock::kWords of the part that is read-only after
// relocation; `relocations`: with room for TlsBlock::kRelocations more.
void add_tls_block(Builder& builder, elf::Addr words, Relocations& relocations);

// The same for an image that has nothing else to be relocated: adds its writable part with the
// dynamic section.
void write_dynamic_with_tls_block(Builder& builder);

// A symbol in that block, of the same name and binding as a library's.
elf::Sym tls_stand_in(const elf::Sym& symbol);

}  // namespace bulkhead::image
