// Manifests: an image with nothing but DT_NEEDED, by which one dlmopen loads a whole
// closure from exactly the files that were decided on.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "elf/image.h"
#include "image/builder.h"

namespace bulkhead::image {

struct ManifestRecipe {
  // In the order of the capsule's symbol lookup: absolute paths; or names that an entry
  // before them, or DT_RPATH, satisfies.
  std::span<const std::string_view> needed;
  // Joined by ':' for DT_RPATH; empty for none.
  std::string_view rpath;
  // DT_SONAME; empty for none. An alias (an image that answers to a name which no file's
  // SONAME is) has one.
  std::string_view soname;
  // DT_FINI_ARRAY, as absolute addresses in this process.
  std::span<const elf::Addr> endings = {};
};

// An image without symbols whose one constructor is the code at `function`, an absolute
// address in this process. `first`: ld.so calls it before those of all that come with it, if it
// maps no other one behind it that has this mark (DF_1_INITFIRST).
Pieces build_constructor(Arena& arena, elf::Addr function, bool first = false);

// The same for an image that is being made.
void add_constructor(Builder& builder, elf::Addr function);

Pieces build_manifest(Arena& arena, const ManifestRecipe& recipe);

}  // namespace bulkhead::image
