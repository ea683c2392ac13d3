// The user's cache of shim directories.
//
// ${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead/v1/<key>/ holds a shim directory and a file
// `stamp` (see stamp.h). An entry is made beside its place and renamed into it, so that a
// reader finds a whole one or none, and of many starts at once each ends with a valid one.
//
// Its files are loaded into the user's programs. So nobody else may be able to exchange them
// (trusted/directory.h). Where the cache cannot be, or has no room left, another place serves
// (places.h); entries that nobody uses go (sweep.h).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/places.h"

namespace bulkhead::cache {

class Cache {
 public:
  // `chosen` is --cache-dir, or empty. Fails for a directory of somebody else. `not_in_paths`:
  // characters that an entry's path must not have, besides those that LD_LIBRARY_PATH cannot hold.
  explicit Cache(const std::string& chosen, const std::string& not_in_paths = {});

  // The entry of that key if its stamp holds, and it is whole; empty if not.
  std::string find(std::string_view key, std::vector<std::string>& warnings) const;

  // A fresh entry, put in place of an older one: `fill` writes into the directory that it is
  // given, and returns the stamp's text. Where it fails with NoRoom it is called again for another
  // place. Returns the entry's path. Also removes entries that nobody uses.
  std::string make(std::string_view key,
                   const std::function<std::string(const std::string&)>& fill);

  // A directory for one start only.
  std::string make_once(const std::function<std::string(const std::string&)>& fill);

  // Where entries are made.
  const std::string& directory() const { return directory_; }
  // Why it is not in the usual place; empty if it is.
  const std::string& detour() const { return places_.detour(); }

 private:
  [[noreturn]] void fail_without_place() const;
  static std::string find_in(const std::string& directory, std::string_view key,
                             std::vector<std::string>& warnings);
  std::string in_first_place_with_room(const std::function<std::string(const std::string&)>& make);

  Places places_;
  std::string directory_;  // .../v1
};

}  // namespace bulkhead::cache
