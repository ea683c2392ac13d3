#include "capture/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "capture/removal.h"
#include "messages/failure.h"
#include "resolve/captured.h"
#include "survey/tree_side.h"

namespace bulkhead::capture {
namespace {

namespace fs = std::filesystem;
using messages::Failure;

// Guard: written by a signal handler, and by nobody else.
volatile sig_atomic_t g_ended_by = 0;

void note_end(int signal) { g_ended_by = signal; }

constexpr std::string_view kRandom = "XXXXXX";  // mkdtemp(3) replaces it
constexpr int kAttempts = 100;

Fd open_at_path(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Whether nobody else could have put there, under another name, what is ours.
bool is_left_alone(int directory) {
  struct stat status;
  if (::fstat(directory, &status) != 0) return false;
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) return false;
  return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (status.st_mode & S_ISVTX) != 0;
}

// Whether one of ours was, or is, made there.
bool is_unfinished(int directory) {
  struct stat status;
  return ::fstat(directory, &status) == 0 && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool is_captured(int directory) {
  struct stat status;
  const char* manifest = resolve::kCaptureManifest + 1;
  return ::fstatat(directory, manifest, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

[[noreturn]] void fail_to_put(const std::string& output) {
  throw Failure(output + ": cannot be put into place: " + ::strerror(errno));
}

// As mkdir(2) would have made it.
void open_to_others(int directory) {
  struct stat status;
  if (::fstat(directory, &status) != 0) return;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  // Where a file system has no modes, they are whatever it says.
  (void)::fchmod(directory, (status.st_mode & S_ISGID) | (0755U & ~mask));
}

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

Place::Place(const std::string& output, bool replace) : output_(output), replace_(replace) {
  check_output(output_, replace);
  directory_ = std::string(directory_of(output_));
  prefix_ = "." + std::string(file_name_of(output_)) + ".bulkhead-capture-";
  sweep();
  take_signals();
  make();
}

// What killed ones left. (Of two that begin at once, each may overlook the other: then one of them
// is told when it puts its tree into place.)
void Place::sweep() const {
  Fd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return;
  const bool only_we_move = is_left_alone(directory.get());
  std::vector<std::string> names;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory_.c_str()), ::closedir);
  while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream.get())) {
    std::string_view name = entry->d_name;
    if (name.starts_with(prefix_) && name.size() == prefix_.size() + kRandom.size())
      names.emplace_back(name);
  }
  for (const std::string& name : names) {
    Fd left(
        ::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!left.valid() || !is_unfinished(left.get())) continue;
    if (::flock(left.get(), LOCK_EX | LOCK_NB) != 0)
      throw Failure(output_ + ": another capture is at it");
    if (only_we_move) remove_directory(left.get(), path_of(name));
  }
}

void Place::make() {
  for (int i = 0; i < kAttempts; ++i) {
    std::string path = path_of(prefix_ + std::string(kRandom));
    if (::mkdtemp(path.data()) == nullptr) {
      throw Failure(directory_ + ": nothing can be made there: " + ::strerror(errno) +
                    "; the tree is made beside its place: choose a directory that you may write "
                    "to");
    }
    made_ = open_at_path(path);
    // Else somebody took it for left behind.
    if (!made_.valid() || ::flock(made_.get(), LOCK_EX | LOCK_NB) != 0) continue;
    if (!lies_at(made_.get(), path)) continue;
    beside_ = path;
    return;
  }
  throw Failure(directory_ + ": what is made there is removed by somebody else");
}

Place::~Place() {
  if (!beside_.empty()) remove_directory(made_.get(), beside_);
}

std::string Place::path_of(const std::string& name) const {
  return (directory_ == "/" ? "" : directory_) + "/" + name;
}

void Place::go_on() {
  if (g_ended_by == 0) return;
  throw Failure(std::string("interrupted (") + ::strsignal(g_ended_by) + "); nothing was written");
}

void Place::publish() {
  go_on();
  // After a crash of the machine it is whole, or not there.
  if (::syncfs(made_.get()) != 0)
    throw Failure(beside_ + ": cannot be written: " + ::strerror(errno));
  go_on();
  if (!lies_at(made_.get(), beside_)) {
    throw Failure(beside_ + ": is not there any more, or is another; nothing was written");
  }
  open_to_others(made_.get());
  // Of a directory, rename(2) takes the place of an empty one, and of nothing else.
  if (::rename(beside_.c_str(), output_.c_str()) == 0) {
    beside_.clear();
    return;
  }
  if (errno != ENOTEMPTY && errno != EEXIST) fail_to_put(output_);
  if (!replace_) {
    throw Failure(output_ + ": somebody else has made something there meanwhile; it is as it was");
  }
  exchange();
}

void Place::exchange() {
  auto exchanged = [this] {
    return ::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, output_.c_str(), RENAME_EXCHANGE) == 0;
  };
  if (!exchanged()) fail_to_put(output_);
  Fd older = open_at_path(beside_);
  if (older.valid() && is_captured(older.get())) {
    made_ = std::move(older);  // this is what is to be removed
    return;
  }
  // Nobody has asked for that to be replaced.
  if (!exchanged()) {
    const std::string kept = std::exchange(beside_, "");
    throw Failure(output_ + ": somebody else has made something there meanwhile; it lies in " +
                  kept + " now");
  }
  throw Failure(output_ + ": is no captured tree any more; it is as it was");
}

}  // namespace bulkhead::capture
