// Runs a piece of code in a process of its own: for what ends the process, writes to
// stderr, or sets what can be set only once.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace bulkhead::testing {

struct Outcome {
  int exit_code = -1;  // -1: killed by a signal
  int signal = 0;      // which one
  std::string err;     // what it wrote to descriptor 2
};

template <class Work>
Outcome in_child(Work work) {
  int pipe_ends[2];
  EXPECT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[1], 2);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    work();
    ::_exit(0);
  }
  ::close(pipe_ends[1]);
  Outcome outcome;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    outcome.err.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(pipe_ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  return outcome;
}

}  // namespace bulkhead::testing
