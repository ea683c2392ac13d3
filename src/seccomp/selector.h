// Which code a region is: the names that a policy calls regions by.
//
//     tool             the capsule of the tool that is preloaded
//     capsule:NAME     a capsule, by the name that it has in a file for --config
//     libc             the process's libc.so.6
//     program          the executable
//     library:PATTERN  libraries outside of capsules, but libc.so.6 and ld.so, whose SONAME fits,
//     or,
//                      if the pattern has a slash, whose path does. * ? as in a shell, * also for
//                      slashes
//     default          everything else
//
// Pure, and safe to call from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::seccomp {

struct Selector {
  enum class Kind : std::uint8_t { tool, capsule, libc, program, library, elsewhere };
  Kind kind;
  std::string_view name;  // of a capsule, or the pattern; points into the text

  // Nothing if it is none of the above, or the name is empty.
  static std::optional<Selector> parse(std::string_view text);

  // Whether a library of the program's own namespace is meant; false for other kinds, and for
  // libc.so.6 and ld.so: who writes library:* does not mean all that the program does.
  bool fits_library(std::string_view soname, std::string_view path) const;
};

}  // namespace bulkhead::seccomp
