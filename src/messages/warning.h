// What will surprise the user if nobody says it.
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::messages {

struct Warning {
  enum class Kind : std::uint8_t {
    damaged,            // a library that a profile would add cannot be read
    bypassed,           // a DT_RPATH, or a script, leads the program past the shims
    absent,             // a library that the program needs is not on this system
    awaited,            // what is to be shared has to be the program's: this system has none
    copied,             // the program has a copy of a variable that its library does not look at
    exposed_elsewhere,  // a shared library is one that another capsule exposes
    unneeded,           // nothing of what is exposed can reach the program
    nothing_permitted,  // there is nothing at a path that a strict capsule is permitted
    no_profile,         // files of profiles are missing or wrong
  };
  Kind kind;
  std::string subject;  // the library or the variable; by it, and by `kind`, warnings are chosen
  std::string text;     // the whole line, which names the subject
};

}  // namespace bulkhead::messages
