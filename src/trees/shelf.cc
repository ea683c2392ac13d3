#include "trees/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "base/text.h"
#include "messages/failure.h"
#include "suggest/near.h"
#include "trees/settle.h"
#include "trusted/directory.h"
#include "trusted/named_trees.h"

namespace bulkhead::trees {
namespace {

using messages::Failure;

constexpr const char* kMaking = ".making-";
constexpr const char* kGone = ".gone-";    // may be half removed
constexpr const char* kAside = ".aside-";  // a whole one: what is to take its place may not come
constexpr std::size_t kRandom = 7;         // "-XXXXXX"
constexpr int kAttempts = 100;

[[noreturn]] void fail_for(const std::string& path, const char* what) {
  const int error = errno;
  throw Failure(path + ": " + what + ": " + ::strerror(error));
}

// The descriptor, if nobody holds that directory and it is still in its place.
Fd lock(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  struct stat locked, there;
  if (!fd.valid() || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return {};
  if (::fstat(fd.get(), &locked) != 0 || ::lstat(path.c_str(), &there) != 0) return {};
  return identity_of(locked) == identity_of(there) ? std::move(fd) : Fd();
}

void remove_all(const std::string& path) {
  std::error_code first, then;
  std::filesystem::remove_all(path, first);
  if (!first) return;
  make_removable(path);
  std::filesystem::remove_all(path, then);
}

// A new directory that this process holds.
std::string make_held(const std::string& shelf, const std::string& prefix, Fd& held) {
  for (int i = 0; i < kAttempts; ++i) {
    std::string path = shelf + "/" + prefix + "-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) fail_for(path, "cannot be made");
    held = lock(path);  // else somebody took it for left behind
    if (held.valid()) return path;
  }
  throw Failure(shelf + ": what is made there is removed by somebody else");
}

std::string now() {
  const time_t seconds = ::time(nullptr);
  struct tm parts;
  char text[32];
  ::gmtime_r(&seconds, &parts);
  return {text, ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

Shelf::Shelf() {
  trusted::TrustedDirectory found = trusted::find_trusted_directory(trusted::shelf_path(), S_IRWXU);
  if (found.trouble != trusted::Trouble::none) {
    throw Failure(found.why + "; set XDG_DATA_HOME to another place for trees");
  }
  path_ = found.path;
  sweep();
}

void Shelf::sweep() const {
  std::vector<std::string> left;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(path_.c_str()), ::closedir);
  while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream.get())) {
    std::string_view name = entry->d_name;
    const bool is_left =
        name.starts_with(kMaking) || name.starts_with(kGone) || name.starts_with(kAside);
    if (is_left) left.emplace_back(name);
  }
  for (const std::string& name : left) {
    Fd held = lock(tree(name));
    if (!held.valid()) continue;
    if (name.starts_with(kAside)) {
      put_back(name);
    } else {
      remove_all(tree(name));
    }
  }
}

void Shelf::put_back(const std::string& aside) const {
  if (::rmdir(tree(aside).c_str()) == 0) return;  // there was no tree in it yet
  std::string_view name = drop(aside, std::string_view(kAside).size());
  name = take(name, name.size() < kRandom ? 0 : name.size() - kRandom);
  if (!trusted::is_tree_name(name)) return;
  if (::rename(tree(aside).c_str(), tree(std::string(name)).c_str()) == 0) return;
  // Another has come in its place.
  if (errno == ENOTEMPTY || errno == EEXIST) remove_all(tree(aside));
}

bool Shelf::has(const std::string& name) const {
  struct stat status;
  return trusted::is_tree_name(name) && ::lstat(tree(name).c_str(), &status) == 0;
}

void Shelf::require(const std::string& name) const {
  if (has(name)) return;
  const std::vector<std::string> names = trusted::tree_names();
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "there are: " : ", ") + each;
  const std::vector<std::string> near = suggest::near_words(name, names);
  if (!near.empty()) list = "did you mean " + near.front() + "?";
  throw Failure(name + ": there is no tree of that name; " +
                    (list.empty() ? "there is none at all, bulkhead tree add makes one" : list),
                messages::kFailed, Fault::missing);
}

Manifest Shelf::manifest(const std::string& name) const {
  require(name);
  const std::string path = tree(name) + trusted::kManifest;
  std::ifstream file(path);
  if (!file) throw Failure(path + ": cannot be read; bulkhead tree remove " + name + " removes it");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return Manifest::from_json(text, path);
}

Shelf::Moved Shelf::move_away(const std::string& name, const char* prefix) const {
  require(name);
  Fd empty;
  Moved moved{make_held(path_, prefix + name, empty), lock(tree(name))};
  // Onto an empty directory: what runs keeps what it has mapped.
  if (::rename(tree(name).c_str(), moved.path.c_str()) != 0) {
    const int error = errno;
    ::rmdir(moved.path.c_str());
    errno = error;
    fail_for(tree(name), "cannot be removed");
  }
  return moved;
}

void Shelf::remove(const std::string& name) const {
  const Moved gone = move_away(name, kGone);
  remove_all(gone.path);
}

Making::Making(const Shelf& shelf, std::string name) : shelf_(shelf), name_(std::move(name)) {
  path_ = make_held(shelf.path(), kMaking + name_, lock_);
  if (::mkdir(files().c_str(), 0755) != 0 || ::mkdir(scratch().c_str(), 0700) != 0) {
    const int error = errno;
    remove_all(path_);
    errno = error;
    fail_for(path_, "cannot be made");
  }
}

Making::~Making() { remove_all(path_); }

std::string Making::files() const { return path_ + trusted::kFiles; }
std::string Making::scratch() const { return path_ + "/scratch"; }

void Making::finish(Manifest& manifest) const {
  remove_all(scratch());
  manifest.name = name_;
  manifest.made = now();
  const std::string path = path_ + trusted::kManifest;
  std::ofstream file(path);
  file << manifest.to_json();
  file.close();
  if (!file) fail_for(path, "cannot be written");
  // After a crash of the machine it is whole, or not there.
  if (::syncfs(lock_.get()) != 0) fail_for(path_, "cannot be written");
}

void Making::publish(Manifest manifest) {
  finish(manifest);
  if (::rename(path_.c_str(), shelf_.tree(name_).c_str()) == 0) return;
  if (errno != ENOTEMPTY && errno != EEXIST) fail_for(shelf_.tree(name_), "cannot be made");
  throw Failure(name_ + ": somebody else has made a tree of that name meanwhile");
}

void Making::replace(Manifest manifest) {
  finish(manifest);
  const std::string place = shelf_.tree(name_);
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) {
    lock_ = lock(path_);
    return;
  }
  if (errno == ENOENT) throw Failure(name_ + ": somebody else has removed the tree meanwhile");
  // Not every file system can exchange two; then there is none for a moment.
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
    fail_for(place, "cannot be exchanged");
  replace_in_two_steps();
}

void Making::replace_in_two_steps() const {
  const std::string place = shelf_.tree(name_);
  const Shelf::Moved old = shelf_.move_away(name_, kAside);
  if (::rename(path_.c_str(), place.c_str()) != 0) {
    const int error = errno;
    const bool is_back = ::rename(old.path.c_str(), place.c_str()) == 0;
    errno = error;
    fail_for(place, is_back ? "cannot be replaced, and stays as it was"
                            : "cannot be replaced; the next bulkhead tree puts it back");
  }
  // No more to be put back, from here on.
  const std::string gone =
      shelf_.path() + "/" + kGone + std::string(drop(file_name_of(old.path), 1));
  const bool is_named = ::rename(old.path.c_str(), gone.c_str()) == 0;
  remove_all(is_named ? gone : old.path);
}

}  // namespace bulkhead::trees
