#include "capture/place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.h"
#include "resolve/captured.h"
#include "survey/failure.h"
#include "survey/tree_side.h"

namespace bulkhead::capture {
namespace {

namespace fs = std::filesystem;
using survey::Failure;

// Guard: written by a signal handler, and by nobody else.
volatile sig_atomic_t g_ended_by = 0;

void note_end(int signal) { g_ended_by = signal; }

// From here on there is something to be removed.
void take_signals() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before = {};
    if (::sigaction(signal, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) continue;
    struct sigaction action = {};
    action.sa_handler = &note_end;
    ::sigaction(signal, &action, nullptr);
  }
}

void check_output(const std::string& output, bool replace) {
  struct stat status;
  if (::lstat(output.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    throw Failure(output + ": cannot be written: " + ::strerror(errno));
  }
  std::error_code error;
  if (!S_ISDIR(status.st_mode)) {
    throw Failure(output + ": is there and is no directory; choose another name with -o");
  }
  if (fs::is_empty(output, error) && !error) return;
  if (error) throw Failure(output + ": cannot be looked into: " + error.message());
  const bool captured = fs::exists(output + resolve::kCaptureManifest, error);
  if (captured && replace) return;
  throw Failure(output + (captured ? ": is a captured tree; --force replaces it"
                                   : ": is there, is not empty and is no captured tree; choose "
                                     "another name with -o"));
}

}  // namespace

std::string absolute_output(const std::string& output) {
  if (output.empty()) throw Failure("-o: the path is empty; name a directory");
  std::string path = fs::absolute(output).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Place::Place(const std::string& output, bool replace) : output_(output) {
  check_output(output_, replace);
  const std::string_view directory = directory_of(output_);
  beside_ = std::string(directory == "/" ? "" : directory) + "/." +
            std::string(file_name_of(output_)) + ".bulkhead-capture";
  make();
  take_signals();
}

void Place::make() {
  const char* name = beside_.c_str();
  if (::mkdir(name, 0755) != 0 && errno != EEXIST) {
    throw Failure(beside_ + ": cannot be made: " + ::strerror(errno) +
                  "; the tree is made there, beside its place: choose a directory that you may "
                  "write to");
  }
  made_ = Fd(::open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made_.valid()) throw Failure(beside_ + ": cannot be opened: " + ::strerror(errno));
  if (::flock(made_.get(), LOCK_EX | LOCK_NB) != 0) {
    beside_.clear();  // somebody else's
    throw Failure(output_ + ": another capture is at it");
  }
  // What one left that could not even end.
  for (const fs::directory_entry& entry : fs::directory_iterator(beside_)) {
    fs::remove_all(entry.path());
  }
}

Place::~Place() {
  if (beside_.empty()) return;
  std::error_code ignored;
  fs::remove_all(beside_, ignored);
}

void Place::go_on() {
  if (g_ended_by == 0) return;
  throw Failure(std::string("interrupted (") + ::strsignal(g_ended_by) + "); nothing was written");
}

void Place::publish() {
  go_on();
  std::error_code error;
  const bool replaces = fs::exists(output_ + resolve::kCaptureManifest, error);
  const unsigned how = replaces ? RENAME_EXCHANGE : 0;
  if (::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, output_.c_str(), how) != 0) {
    throw Failure(output_ + ": cannot be put into place: " + ::strerror(errno));
  }
  // After an exchange the older one lies beside.
  if (!replaces) beside_.clear();
}

}  // namespace bulkhead::capture
