// Errors as values.
//
// Every fallible function below src/cli returns Result<T>. An Error holds what a
// user needs to act: what happened, to which file, because of what, what to do.
// It never owns memory: the views point into string literals or into the Arena of
// the operation that failed, and are valid as long as that arena.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace bulkhead {

// Who is to blame, coarsely; callers choose policy by it, never by text.
enum class Fault : std::uint8_t {
  malformed,    // the bytes contradict the ELF specification or themselves
  limit,        // well-formed perhaps, but beyond a bound of ours
  system,       // the kernel said no; Error::number is its errno
  missing,      // a file, library, symbol or version that is not there
  unsupported,  // understood, and not possible here
  conflict,     // two demands that exclude each other
};

struct Error {
  Fault fault = Fault::malformed;
  int number = 0;            // errno value, or 0
  std::string_view what;     // "the dynamic section is out of bounds"
  std::string_view subject;  // the file or name it happened to; may be empty
  std::string_view because;  // more about the cause; may be empty
  std::string_view advice;   // what to change; may be empty
};

template <class T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

// A shorthand for returning an error: `return fail(Fault::limit, "too many segments");`
inline std::unexpected<Error> fail(Fault fault, std::string_view what,
                                   std::string_view subject = {}, std::string_view because = {},
                                   std::string_view advice = {}) {
  return std::unexpected(Error{fault, 0, what, subject, because, advice});
}

inline std::unexpected<Error> fail_system(int number, std::string_view what,
                                          std::string_view subject = {},
                                          std::string_view advice = {}) {
  return std::unexpected(Error{Fault::system, number, what, subject, {}, advice});
}

// The same error, now knowing which file it was about (kept if it knew already).
inline std::unexpected<Error> about(Error error, std::string_view subject) {
  if (error.subject.empty()) error.subject = subject;
  return std::unexpected(error);
}

}  // namespace bulkhead
