// The tree of a capsule, open for the time of an opening.
#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "resolve/confines.h"
#include "resolve/search.h"
#include "resolve/tree.h"

namespace bulkhead::capsule {

// Stays where it is made: its parts point to each other.
class SearchedTree {
 public:
  // `library_path`: directories that are searched as those of LD_LIBRARY_PATH are, joined by ':'.
  Status open(Arena& arena, const Capsule& capsule, std::string_view library_path);

  resolve::Searcher& searcher() { return *searcher_; }
  bool is_strict() const { return confines_.has_value(); }

  // Nothing can be searched for any more.
  void close_files();

 private:
  std::optional<resolve::Tree> tree_;
  std::optional<resolve::Confines> confines_;
  std::optional<resolve::Searcher> searcher_;
};

}  // namespace bulkhead::capsule
