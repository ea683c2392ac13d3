// Where the cache may be, the best place first.
//
//   --cache-dir, or else $XDG_CACHE_HOME/bulkhead, $HOME/.cache/bulkhead
//   $XDG_RUNTIME_DIR/bulkhead
//   /tmp/bulkhead-UID, /var/tmp/bulkhead-UID
//   /tmp/bulkhead-UID-XXXXXX, whose name nobody can have taken
//
// The first is passed over where shims cannot be there (read-only, noexec, a name that
// LD_LIBRARY_PATH cannot hold), and where it lies in a directory of somebody else: root's
// HOME may be a user's. But what is the user's own mistake is said: a chosen directory that others
// could exchange, and a cache of one's own that others may write to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trusted/directory.h"

namespace bulkhead::cache {

// In each place. Changes when entries of older releases can no longer be used.
inline constexpr const char* kLayout = "/v1";

// The user's, by the environment; empty if there is none.
std::string usual_root();

class Places {
 public:
  // `chosen` is --cache-dir, or empty. `not_in_paths`: characters that an entry's path must not
  // have, besides those that LD_LIBRARY_PATH cannot hold.
  Places(const std::string& chosen, const std::string& not_in_paths);

  // The directory for entries of the place number `at` of those that can serve; null if there are
  // no more. Made if it is missing. Throws Failure where a mistake is to be said.
  const std::string* at(std::size_t at);

  // Why the places before the last one that was asked for cannot serve.
  const std::string& detour() const { return detour_; }
  // One more reason, found out when something was written there.
  void add_detour(const std::string& why);

 private:
  std::string why_not(const std::string& root, std::string& directory) const;
  std::optional<std::string> next();
  void add_last_resorts();

  std::string chosen_, not_in_paths_;
  std::vector<std::string> roots_;
  std::size_t tried_ = 0;  // of roots_
  bool has_last_resorts_ = false;
  std::vector<std::string> directories_;
  std::string detour_;
};

}  // namespace bulkhead::cache
