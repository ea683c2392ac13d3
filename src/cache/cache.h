// The user's cache of shim directories.
//
// ${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead/v1/<key>/ holds a shim directory and a file
// `stamp` (see stamp.h). An entry is made beside its place and renamed into it, so that a
// reader finds a whole one or none, and of many starts at once each ends with a valid one.
//
// A directory of somebody else, or one that others may write to, is refused: its files
// would be loaded into the user's programs. Where the cache cannot be written to (no
// home, a read-only or noexec file system), or its path cannot stand in LD_LIBRARY_PATH, a
// directory in memory serves instead:
// $XDG_RUNTIME_DIR/bulkhead or /tmp/bulkhead-UID, with the same rules; the system empties it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::cache {

class Cache {
 public:
  // `chosen` is --cache-dir, or empty. Fails for a directory of somebody else. `not_in_paths`:
  // characters that an entry's path must not have, besides those that LD_LIBRARY_PATH cannot hold.
  explicit Cache(const std::string& chosen, const std::string& not_in_paths = {});

  // The entry of that key if its stamp holds, and it is whole; empty if not.
  std::string find(std::string_view key, std::vector<std::string>& warnings) const;

  // A fresh entry, put in place of an older one: `fill` writes into the directory that it is
  // given, and returns the stamp's text. Returns the entry's path. Also removes entries
  // that nobody has used for a month.
  std::string make(std::string_view key,
                   const std::function<std::string(const std::string&)>& fill) const;

  // A directory for one start only; the next one that needs such a directory removes those
  // whose process is gone for a day.
  std::string make_once(const std::function<std::string(const std::string&)>& fill) const;

  const std::string& directory() const { return directory_; }
  // Why it is not in the usual place; empty if it is.
  const std::string& detour() const { return detour_; }

 private:
  std::string directory_;  // .../v1
  std::string detour_;
};

}  // namespace bulkhead::cache
