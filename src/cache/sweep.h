// Removes from the cache what nobody uses any more.
//
// A program that was started with an entry goes on to use it for as long as it or a child of it
// lives: what ld.so does not find there it takes from this system, and says nothing. So
// nothing is removed that may be in use. An entry is looked at when nobody has started a program
// with it for a month, nor has ld.so read a file of it (which leaves a time of access); then it
// goes if no process names it. Where not all can be seen, it stays for a year: processes outside of
// a PID namespace, other machines on a network file system, and file systems that keep no times of
// access.
#pragma once

#include <ctime>
#include <string>

namespace bulkhead::cache {

inline constexpr const char* kStamp = "/stamp";
inline constexpr const char* kUnfinished = "making-";
inline constexpr const char* kOnce = "once-";

inline constexpr std::time_t kDay = 24 * 60 * 60;

// Where joined directories are (cache/joined_directories.h), for the directory of the entries; and
// what one is called that is not finished.
std::string joined_beside(const std::string& directory);
inline constexpr const char* kUnfinishedJoined = "new-";

// Entries; and directories that were not finished, or were for one start only, whose process
// ended a day ago or more. Joined directories that nobody has read for a year: who starts with one
// that is gone makes it again.
void sweep(const std::string& directory);

void remove_tree(const std::string& path);

}  // namespace bulkhead::cache
