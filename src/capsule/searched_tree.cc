#include "capsule/searched_tree.h"

namespace bulkhead::capsule {

Status SearchedTree::open(Arena& arena, const Capsule& capsule, std::string_view library_path) {
  Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request().tree);
  if (!tree) return std::unexpected(tree.error());
  tree_.emplace(static_cast<resolve::Tree&&>(*tree));
  Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, *tree_, library_path);
  if (!searcher) return std::unexpected(searcher.error());
  searcher_.emplace(static_cast<resolve::Searcher&&>(*searcher));
  if (!capsule.request().strict) return {};
  Result<resolve::Confines> confines =
      resolve::Confines::open(arena, *tree_, capsule.request().permit);
  if (!confines) return std::unexpected(confines.error());
  confines_.emplace(static_cast<resolve::Confines&&>(*confines));
  searcher_->confine(*confines_);
  return {};
}

void SearchedTree::close_files() {
  { resolve::Tree closed = static_cast<resolve::Tree&&>(*tree_); }
  confines_.reset();
}

}  // namespace bulkhead::capsule
