// Asking ld.so to open things.
#pragma once

#include <link.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/result.h"

namespace bulkhead::process {

// A generated image that ld.so can open by path for as long as this lives. Each path is a
// string that was never used before in this process: ld.so compares names before it opens
// anything, so a second image under an old name would be taken for the first one.
class ImageFile {
 public:
  // `label` shows in /proc/PID/maps ("/memfd:label").
  static Result<ImageFile> make(Arena& arena, std::string_view label, Pieces bytes);
  std::string_view path() const { return path_; }
  // Once it is mapped. The path leads nowhere then.
  void close() { fd_.reset(); }

 private:
  Fd fd_;
  std::string_view path_;
};

// Whether that is the path of such an image. (A tree may lie below /proc, too: /proc/PID/root.)
bool is_image_path(std::string_view path);

// dlmopen; `path` must be NUL-terminated (Arena strings are). LM_ID_NEWLM makes a
// namespace. The error's text is ld.so's own. No lock of ours may be held: ld.so takes
// its own, and constructors run.
Result<link_map*> open_in(Arena& arena, Lmid_t space, std::string_view path, int mode);

// Whether it is one, with ld.so's text in `because`.
bool is_of_ld_so(const Error& error);

// The object that ld.so knows by that path in a namespace which is none of `known`; null if there
// is none. For the thread that is just opening it: dlmopen tells the namespace when it returns,
// and constructors run before that.
link_map* find_in_new_space(std::string_view path, std::span<const Lmid_t> known);

// The path of one of bulkhead's private libraries: in `directory`, which has libbulkhead.so.0, as
// in a directory of shims; else in bulkhead/ below it, as where it is installed.
std::string_view private_library(Arena& arena, std::string_view directory, std::string_view name);

// A library of the base by its name, loaded if it was not and then kept for ever.
Result<link_map*> open_in_base(Arena& arena, std::string_view name);

// Keeps a library of the base, which is loaded, for ever. If it waits for its constructors ld.so
// runs them now.
void pin_in_base(Arena& arena, std::string_view name);

// The library of the base that has that name, if it is loaded; else null. It is not kept.
link_map* loaded_in_base(Arena& arena, std::string_view name);

// Whether there is one.
inline bool in_base(Arena& arena, std::string_view name) {
  return loaded_in_base(arena, name) != nullptr;
}

Lmid_t namespace_of(link_map* object);

void close(link_map* object);

}  // namespace bulkhead::process
