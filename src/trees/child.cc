#include "trees/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "messages/failure.h"
#include "trees/interruption.h"

namespace bulkhead::trees {
namespace {

using messages::Failure;

constexpr int kStreams = 4;

[[noreturn]] void become(const char* file, char* const* arguments, const Child::Streams& streams,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  std::array<int, kStreams> from = {streams.in, streams.out, streams.errors, streams.third};
  // Above what they become: none may be overwritten before it was used.
  for (int& each : from) each = ::fcntl(each < 0 ? null : each, F_DUPFD_CLOEXEC, kStreams);
  for (int i = 0; i < kStreams; ++i) ::dup2(from[static_cast<unsigned>(i)], i);
  ::execv(file, arguments);
  ::_exit(127);
}

}  // namespace

std::string find_tool(const std::string& name) {
  const char* path = ::getenv("PATH");
  const std::string all =
      std::string(path == nullptr ? "/usr/bin:/bin" : path) + ":/usr/sbin:/sbin";
  std::string_view rest = all;
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  while (!rest.empty()) {
    std::string file = std::string(split_off(rest, ':')) + "/" + name;
    if (file[0] == '/' && ::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

Child::Child(const std::vector<std::string>& line, const Streams& streams, const Variables& more) {
  const std::string file = find_tool(line[0]);
  if (file.empty()) throw Failure(line[0] + ": is not installed");
  std::vector<char*> arguments;
  for (const std::string& word : line) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  check_interruption();
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) throw Failure(line[0] + ": cannot be started: " + ::strerror(errno));
  if (process_ != 0) return;
  for (const auto& [name, value] : more) ::setenv(name.c_str(), value.c_str(), 1);
  become(file.c_str(), arguments.data(), streams, parent);
}

Child::~Child() {
  if (process_ < 0) return;
  ::kill(process_, SIGTERM);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) continue;
}

int Child::wait() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0) {
    if (errno != EINTR) throw Failure(std::string("a program was lost: ") + ::strerror(errno));
    check_interruption();
  }
  process_ = -1;
  check_interruption();  // it may have ended by the same signal
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Failure(std::string("pipe: ") + ::strerror(errno));
  return {Fd(ends[0]), Fd(ends[1])};
}

Fd make_log(const std::string& directory) {
  std::string path = directory + "/log-XXXXXX";
  Fd fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd.valid()) throw messages::NoRoom(path + ": cannot be made: " + ::strerror(errno));
  ::unlink(path.c_str());
  return fd;
}

std::string read_log(int fd) {
  std::string text;
  char buffer[4096];
  off_t at = 0;
  while (true) {
    const ssize_t size = ::pread(fd, buffer, sizeof buffer, at);
    if (size <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(size));
    at += size;
  }
}

bool Lines::next(std::string& line) {
  while (true) {
    if (const std::size_t end = read_.find('\n'); end != std::string::npos) {
      line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return true;
    }
    char buffer[4096];
    const ssize_t size = ::read(fd_, buffer, sizeof buffer);
    check_interruption();
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    read_.append(buffer, static_cast<std::size_t>(size));
  }
}

std::string output_of(const std::vector<std::string>& line, const std::string& scratch,
                      const Child::Variables& more) {
  Fd out = make_log(scratch), errors = make_log(scratch);
  Child child(line, {.out = out.get(), .errors = errors.get()}, more);
  const int status = child.wait();
  if (status != 0) {
    throw Failure(line[0] + ": failed (" + std::to_string(status) +
                  "): " + std::string(trimmed(read_log(errors.get()))));
  }
  return read_log(out.get());
}

}  // namespace bulkhead::trees
