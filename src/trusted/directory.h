// Finds or makes a directory that nobody else can exchange, nor any directory above it.
//
// Who may rename an entry of a directory chooses what its path leads to: its owner, and whoever
// may write to it, unless it has the sticky bit. So each directory on the way belongs to root or
// to the user, and others may write only to those with the sticky bit, where an entry in turn has
// to be root's or the user's. They are looked at from the root on: by the time that a path is
// looked at, only root and the user can change what it means. So what was checked is what is used.
//
// The root directory itself is not looked at: whoever may change it has all of the system.
// Access lists count by the mode's group bits, which are a list's mask.
#pragma once

#include <sys/stat.h>

#include <string>

namespace bulkhead::trusted {

enum class Trouble {
  none,
  unusable,   // it is missing, or cannot be made
  occupied,   // something else than a directory is in its place
  untrusted,  // somebody else could choose what it leads to, or what is in it
};

struct TrustedDirectory {
  std::string path;  // without links, `.` and `..`
  Trouble trouble = Trouble::none;
  std::string why;        // begins with the path of what is in the way
  bool is_above = false;  // that is above the directory and its parent
};

// `path`: absolute. Into the directory itself and its parent nobody else may write in any case.
// Directories are made with that mode, less the umask, and never in an untrusted one.
TrustedDirectory find_trusted_directory(const std::string& path, mode_t mode);

// The same, and nothing is made: what is missing is unusable.
TrustedDirectory look_for_trusted_directory(const std::string& path);

// Whether a file is root's or the user's, and others may not write to it.
bool is_own(const struct stat& status);

}  // namespace bulkhead::trusted
