// What the user asks of one capsule, on the command line or in a file. Each reader of wishes fills
// this structure: the command line (cli/command_line), a file (settings/capsules), a
// preloaded tool (preload/tool_plan).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/warning.h"
#include "plan/profile.h"
#include "survey/stamp.h"

namespace bulkhead::survey {

// Which profiles there are, and what that depended on. Who fills it also owns the profiles
// (settings/profiles).
struct KnownProfiles {
  std::vector<const plan::Profile*> all;
  Stamp stamp;
  std::vector<messages::Warning> warnings;  // files that could not be read
};

struct Options {
  std::string tree;
  // If the tree was named by a word: what is said behind it, once the tree is needed, of a word
  // that means nothing; and of one that could mean two things.
  std::string tree_trouble, tree_note;
  std::vector<std::string> expose, share, keep_private, map, profiles;
  std::shared_ptr<const KnownProfiles> known_profiles;  // null: none
  std::vector<std::string> prefer;                      // see copies/prefer.h
  std::string debug;
  bool verbose = false;

  std::string cache_directory;
  bool no_cache = false;

  std::string on_failure;       // "stop", "native"; empty: not said, which means stop
  std::optional<bool> inherit;  // whether programs that the program starts get it, too

  std::optional<bool> strict;       // whether nothing of this system is loaded but what is shared
  std::vector<std::string> permit;  // and what lies at or below these: absolute paths
  // Patterns of paths: what the program opens by such a path goes into a capsule of the tree.
  std::vector<std::string> plugins;
  // Directories inside the tree that are searched as those of LD_LIBRARY_PATH are.
  std::vector<std::string> library_path;

  // Where the tree will be when programs run; empty: where it is. There may be another one there.
  std::string relocatable_tree;

  std::string config;                 // a file; see config.h
  std::vector<std::string> capsules;  // those of the file that count; empty: all
  // Whether a capsule without exposed libraries is one: not for `run`, where a program would not
  // notice it; for a program that opens libraries in it.
  bool may_expose_nothing = false;
  // The exposed library is a tool that interposes: see preload.cc.
  bool preload = false;
  // Of such a tool: whether its capsule has a libc of its own; a file with rules for system calls.
  bool isolated = false;
  std::string seccomp;
  // Where bulkhead's own libraries are; empty: to be looked for beside the command.
  std::string library_directory;
  // Where directories may be written of which the capsule sees both sides' files; empty: nowhere.
  std::string joined_in;
  // Of a capsule of the file: its name, and where the file says what ("FILE:LINE:COLUMN").
  std::string name;
  std::map<std::string, std::string> places;
};

// Whether the capsule is for nothing but plugins.
inline bool is_for_plugins_alone(const Options& options) {
  return !options.plugins.empty() && options.expose.empty() && options.profiles.empty();
}

}  // namespace bulkhead::survey
