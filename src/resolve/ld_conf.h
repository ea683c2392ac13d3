// ld.so.conf: the directories that ldconfig would list in the cache.
//
// ld.so itself never reads it; we do for trees whose cache is missing or unusable, as
// trees made by unpacking packages are. One directory a line; '#' starts a comment;
// "include" names other files by patterns, relative to the file's own directory.
// ldconfig(8).
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "resolve/tree.h"

namespace bulkhead::resolve {

struct LdConf {
  std::span<const std::string_view> directories;  // in order, each once
  std::span<const std::string_view> sources;      // files and directories read, inside the tree
};

// What cannot be read is left out, as ldconfig does after a warning. More files, directories or
// text than any system has are an error (Fault::limit): patterns with links to where they came from
// have no end.
Result<LdConf> read_ld_conf(Arena& arena, const Tree& tree,
                            std::string_view file = "/etc/ld.so.conf");

// Whether a file's name matches a pattern with *, ? and [a-z], as glob(7) says: a leading
// dot only by a dot.
bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace bulkhead::resolve
