// Trees that go by names: where they are, and what a word for a tree means.
//
// They lie below ${XDG_DATA_HOME:-~/.local/share}/bulkhead/trees, which is called the shelf here:
// NAME/tree has the tree's files, NAME/manifest.json says how it was made (trees/manifest.h). Names
// that begin with a dot are of what is being made or removed. A name stands for what programs load,
// so nobody else may be able to exchange a tree that is found by its name (trusted/directory.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trusted/directory.h"

namespace bulkhead::trusted {

inline constexpr const char* kFiles = "/tree";
inline constexpr const char* kManifest = "/manifest.json";

// The shelf's path. Fails if there is neither XDG_DATA_HOME nor HOME, which is said.
std::string shelf_path();

// Letters, digits, and of "._+-" any behind the first.
bool is_tree_name(std::string_view word);

// Those that are there, in the order of the alphabet. Whoever may read them.
std::vector<std::string> tree_names();

// What was said for a tree.
struct TreeWord {
  std::string directory;  // what it means: absolute for a name, else as it was said
  std::string note;       // one sentence, if it could mean something else; or empty
  std::string why_not;    // no name and no directory, or a tree that others could exchange: what is
                          // to be said behind it; else empty
};

// A word with a slash, "." and ".." are directories, and are not looked at. Another is the tree of
// that name; if there is none, a directory. `here`: the path of that directory.
TreeWord tree_of(const std::string& word, const std::string& here);

// The directory, for words that count from the current one. Fails with `why_not`; a note is a
// message.
std::string require_tree(const std::string& word);

}  // namespace bulkhead::trusted
