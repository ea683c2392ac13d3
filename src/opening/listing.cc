#include "opening/listing.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "image/manifest.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::opening {
namespace {

void append_unique(List<std::string_view>& list, std::string_view text) {
  if (!plan::contains(list.view(), text)) list.push_back(text);
}

// A file that was linked with -z nodlopen, without that flag: a manifest's needs are opened by
// dlopen for ld.so, and it knows no other way into a namespace.
Pieces openable(Arena& arena, const resolve::Library& library) {
  for (const elf::Dyn& entry : library.dynamic.entries()) {
    if (entry.d_tag != DT_FLAGS_1) continue;
    auto* value = arena.create<elf::Addr>(entry.d_un.d_val & ~elf::Addr{DF_1_NOOPEN});
    std::span<const std::byte> word = std::as_bytes(std::span(&entry.d_un.d_val, 1));
    const auto at = static_cast<std::size_t>(word.data() - library.file.data());
    std::span<std::span<const std::byte>> pieces = arena.array<std::span<const std::byte>>(3);
    pieces[0] = library.file.first(at);
    pieces[1] = std::as_bytes(std::span<const elf::Addr>(value, 1));
    pieces[2] = library.file.subspan(at + word.size());
    return pieces;
  }
  return {};
}

}  // namespace

Result<std::string_view> Images::add(Arena& arena, std::string_view label, const Pieces& bytes) {
  if (count_ == kMax) return fail(Fault::limit, "too many shared libraries at once", label);
  Result<process::ImageFile> file = process::ImageFile::make(arena, label, bytes);
  if (!file) return std::unexpected(file.error());
  files_[count_] = static_cast<process::ImageFile&&>(*file);
  return files_[count_++].path();
}

void Listing::add_once(std::string_view name) { append_unique(needed_, name); }

Status Listing::add_image(std::string_view label, const Pieces& bytes) {
  Result<std::string_view> path = images_.add(arena_, label, bytes);
  if (!path) return std::unexpected(path.error());
  needed_.push_back(*path);
  return {};
}

Status Listing::add_absolutes(std::string_view soname, std::span<const image::Absolute> objects) {
  if (objects.empty()) return {};
  return add_image(soname, image::build_absolutes(arena_, soname, objects));
}

Status Listing::add_library(const resolve::Closure& closure, const resolve::Library& library,
                            bool linked) {
  // A name with a slash is a path to ld.so, outside the tree: an image that calls itself by that
  // very name stands before it.
  for (const resolve::Need& need : library.needs) {
    if (need.library == resolve::kNone || need.name.find('/') == std::string_view::npos) continue;
    Result<std::string_view> path = path_for(closure.libraries()[need.library], linked);
    if (!path) return std::unexpected(path.error());
    if (*path == need.name) continue;  // by which it is listed itself
    if (Status added = add_alias(need.name, *path); !added) return added;
  }
  Result<std::string_view> path = path_for(library, linked);
  if (!path) return std::unexpected(path.error());
  const bool copied = *path != library.host_path;
  // Others need it by a bare name that it does not call itself by. If it was asked for by a path, a
  // search for that name would lead to its shim; if it is a copy, to the file.
  if (copied || library.name.find('/') != std::string_view::npos) {
    if (Status added = add_aliases(closure, library, *path); !added) return added;
  }
  if (copied) {
    needed_.push_back(*path);
    return {};
  }
  append_unique(needed_, library.host_path);
  append_unique(directories_, directory_of(library.host_path));
  // Asked for by another name than it calls itself: ld.so learns that name when the
  // search by DT_RPATH leads to the same file.
  if (library.name != library.soname && library.name.find('/') == std::string_view::npos) {
    needed_.push_back(library.name);
  }
  return {};
}

Result<std::string_view> Listing::path_for(const resolve::Library& library, bool linked) {
  if (!linked || (library.dynamic.flags_1 & DF_1_NOOPEN) == 0) return library.host_path;
  for (const FileCopy& copy : copies_) {
    if (copy.host_path == library.host_path) return copy.image;
  }
  Result<std::string_view> path =
      images_.add(arena_, file_name_of(library.host_path), openable(arena_, library));
  if (path) copies_.push_back({library.host_path, *path});
  return path;
}

Status Listing::add_aliases(const resolve::Closure& closure, const resolve::Library& library,
                            std::string_view path) {
  const auto index = static_cast<std::uint32_t>(&library - closure.libraries().data());
  List<std::string_view> names(arena_);
  for (const resolve::Library& other : closure.libraries()) {
    for (const resolve::Need& need : other.needs) {
      if (need.library != index || need.name == library.soname) continue;
      if (need.name.find('/') == std::string_view::npos) append_unique(names, need.name);
    }
  }
  for (std::string_view name : names) {
    if (Status added = add_alias(name, path); !added) return added;
  }
  return {};
}

Status Listing::add_alias(std::string_view name, std::string_view path) {
  const std::string_view file[] = {path};
  return add_image("bulkhead-alias", image::build_manifest(arena_, {file, {}, name}));
}

Status Listing::add_shared(std::string_view name, std::span<const sharing::MirrorImage> mirrors) {
  for (const sharing::MirrorImage& mirror : mirrors) {
    if (mirror.name != name) continue;
    if (Status added = add_image(name, mirror.bytes); !added) return added;
  }
  // Found by SONAME; the name is what version requirements are looked up by.
  needed_.push_back(name);
  return {};
}

std::string_view Listing::only_file(const resolve::Closure& closure) const {
  if (closure.libraries().size() != 1 || needed_.empty()) return {};
  const resolve::Library& library = closure.libraries()[0];
  // Its path (without what ld.so replaces in one), then what it needs, which is loaded.
  std::size_t count = 0;
  bool same = needed_[0] == library.host_path && !library.host_path.contains('$');
  library.dynamic.for_each_needed([&](std::string_view name) {
    same = same && ++count < needed_.size() && needed_[count] == name;
  });
  if (!same || count + 1 != needed_.size()) return {};
  debug(Topic::open, {"ld.so opens ", library.host_path, ", whose needs are loaded"});
  return library.host_path;
}

Result<std::string_view> Listing::finish(std::span<const elf::Addr> endings) {
  std::string_view rpath;
  for (std::string_view directory : directories_) {
    rpath = join(arena_, {rpath, rpath.empty() ? "" : ":", directory});
  }
  for (std::string_view name : needed_) debug(Topic::open, {"manifest lists ", name});
  return images_.add(arena_, "bulkhead-manifest",
                     image::build_manifest(arena_, {needed_.view(), rpath, {}, endings}));
}

}  // namespace bulkhead::opening
