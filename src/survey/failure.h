// How the command gives up: one message on stderr and a status as env(1) has them.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "base/diagnostics.h"
#include "base/result.h"

namespace bulkhead::survey {

inline constexpr int kFailed = 125;         // bulkhead's own failure: the program was not started
inline constexpr int kNotExecutable = 126;  // the program is there, but cannot be started
inline constexpr int kNotFound = 127;       // there is no such program

class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& text, int status = kFailed, Fault fault = Fault::malformed)
      : std::runtime_error(text), status_(status), fault_(fault) {}
  int status() const { return status_; }
  // For callers that are told by code; what a file says wrongly is malformed.
  Fault fault() const { return fault_; }

 private:
  int status_;
  Fault fault_;
};

// The value, or the error as an exception.
template <class T>
T take_or_fail(Arena& arena, Result<T>&& result) {
  if (!result)
    throw Failure(std::string(render(arena, result.error())), kFailed, result.error().fault);
  return std::move(*result);
}

}  // namespace bulkhead::survey
