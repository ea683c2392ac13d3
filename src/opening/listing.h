// What one opening gives to ld.so: a manifest, and the images that it lists.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/result.h"
#include "image/absolutes.h"
#include "process/loader.h"
#include "resolve/closure.h"
#include "sharing/share.h"

namespace bulkhead::opening {

// The generated files; closed when ld.so has mapped them.
class Images {
 public:
  Result<std::string_view> add(Arena& arena, std::string_view label, const Pieces& bytes);

 private:
  static constexpr std::size_t kMax = 64;
  process::ImageFile files_[kMax];
  std::size_t count_ = 0;
};

// An image that is a copy of a library's file.
struct FileCopy {
  std::string_view host_path;
  std::string_view image;  // its path
};

class Listing {
 public:
  explicit Listing(Arena& arena)
      : arena_(arena), needed_(arena), directories_(arena), copies_(arena) {}

  // In the order of the manifest.
  Status add_image(std::string_view label, const Pieces& bytes);
  // Nothing, if there are none.
  Status add_absolutes(std::string_view soname, std::span<const image::Absolute> objects);
  // `linked`: natively it would be loaded with the program, and not by dlopen.
  Status add_library(const resolve::Closure& closure, const resolve::Library& library, bool linked);
  // The mirror of that name: one of these, or one that is loaded.
  Status add_shared(std::string_view name, std::span<const sharing::MirrorImage> mirrors);
  // What is loaded under that name or path.
  void add_name(std::string_view name) { needed_.push_back(name); }
  void add_once(std::string_view name);

  List<std::string_view>& needed() { return needed_; }
  std::span<const FileCopy> copies() const { return copies_.view(); }
  // The path of the only library in it, if ld.so that opens it finds the rest, in this order.
  std::string_view only_file(const resolve::Closure& closure) const;

  // The path of the manifest. The images stay for as long as this lives.
  Result<std::string_view> finish(std::span<const elf::Addr> endings);

 private:
  // The path by which ld.so is to open a library: its file's, or that of a copy.
  Result<std::string_view> path_for(const resolve::Library& library, bool linked);
  // An image that calls itself so and needs the file at that path.
  Status add_alias(std::string_view name, std::string_view path);
  // Those by which other libraries need this one, which is at `path`.
  Status add_aliases(const resolve::Closure& closure, const resolve::Library& library,
                     std::string_view path);

  Arena& arena_;
  Images images_;
  List<std::string_view> needed_;
  List<std::string_view> directories_;
  List<FileCopy> copies_;
};

}  // namespace bulkhead::opening
