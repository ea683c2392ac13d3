// How the command gives up: one message on stderr and a status as env(1) has them.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "messages/shown.h"

namespace bulkhead::messages {

inline constexpr int kFailed = 125;         // bulkhead's own failure: the program was not started
inline constexpr int kNotExecutable = 126;  // the program is there, but cannot be started
inline constexpr int kNotFound = 127;       // there is no such program

// Its text can be printed as it is, whatever names are in it, and has one line for each sentence.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& text, int status = kFailed, Fault fault = Fault::malformed,
                   std::string subject = {})
      : Failure(AsItIs{}, shown(text), status, fault, std::move(subject)) {}
  // Several sentences.
  static Failure of_several(const std::vector<std::string>& sentences, Fault fault);
  std::vector<std::string> sentences() const;
  int status() const { return status_; }
  // For callers that are told by code; what a file says wrongly is malformed.
  Fault fault() const { return fault_; }
  // The name or path that the failure is about; empty if it is about none. By it the place in a
  // file is found that asked for this.
  const std::string& subject() const { return subject_; }
  // Where in a file the user asked for what failed: "capsule.toml:3:8". Empty: not in a file, or
  // not known.
  const std::string& place() const { return place_; }

  // The same failure, whose text begins with where it happened.
  Failure in(const std::string& whose) const;
  // The same failure of something that a file asks for at `place`; the text begins with it.
  Failure at(const std::string& place) const;

 private:
  struct AsItIs {};
  Failure(AsItIs, const std::string& text, int status, Fault fault, std::string subject)
      : std::runtime_error(text), status_(status), fault_(fault), subject_(std::move(subject)) {}

  int status_;
  Fault fault_;
  std::string subject_, place_;
};

// A directory cannot hold what was to be written into it; another one may.
class NoRoom : public Failure {
 public:
  using Failure::Failure;
};

[[noreturn]] inline void fail_with(Arena& arena, const Error& error) {
  throw Failure(std::string(render(arena, error)), kFailed, error.fault,
                std::string(error.subject));
}

// The value, or the error as an exception.
template <class T>
T take_or_fail(Arena& arena, Result<T>&& result) {
  if (!result) fail_with(arena, result.error());
  return std::move(*result);
}

}  // namespace bulkhead::messages
