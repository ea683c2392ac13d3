#include "layers/root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <utility>

#include "base/text.h"
#include "layers/failure.h"

namespace bulkhead::layers {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel has it

class Walk {
 public:
  Walk(int top, const std::vector<std::string>& names, Room* room)
      : top_(top), rest_(names.begin(), names.end() - 1), room_(room), last_(names.back()) {}

  Root::Place run() {
    while (!rest_.empty()) {
      const std::string name = std::move(rest_.front());
      rest_.pop_front();
      if (name.empty() || name == ".") continue;
      if (name == "..") {
        if (!passed_.empty()) passed_.pop_back();  // above the root is the root
      } else {
        enter(name);
      }
    }
    Root::Place place;
    place.path = path_of(last_);
    place.directory = Fd(::fcntl(here(), F_DUPFD_CLOEXEC, 3));
    if (!place.directory.valid()) fail(last_, ::strerror(errno));
    place.name = last_;
    return place;
  }

 private:
  int here() const { return passed_.empty() ? top_ : passed_.back().first.get(); }

  std::string path_of(const std::string& name) const {
    std::string path;
    for (const auto& [directory, each] : passed_) path += each + "/";
    return path + name;
  }

  [[noreturn]] void fail(const std::string& name, const std::string& why) const {
    throw Failure(path_of(name) + ": " + why);
  }

  void enter(const std::string& name) {
    if (passed_.size() >= kMaxDepth) {
      throw Failure("has directories more than " + std::to_string(kMaxDepth) + " deep");
    }
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Fd next(::openat(here(), name.c_str(), kFlags));
    if (!next.valid() && errno == ENOENT && room_ != nullptr) {
      room_->take_file();
      if (::mkdirat(here(), name.c_str(), 0755) != 0) fail(name, ::strerror(errno));
      next = Fd(::openat(here(), name.c_str(), kFlags));
    }
    if (next.valid()) {
      passed_.emplace_back(std::move(next), name);
      return;
    }
    const int error = errno;
    std::string target(4096, '\0');
    const ssize_t size = ::readlinkat(here(), name.c_str(), target.data(), target.size());
    if (size <= 0) fail(name, error == ENOTDIR ? "is no directory" : ::strerror(error));
    target.resize(static_cast<std::size_t>(size));
    follow(name, target);
  }

  void follow(const std::string& name, const std::string& target) {
    if (++links_ > kMaxLinks) fail(name, ::strerror(ELOOP));
    if (target[0] == '/') passed_.clear();
    std::deque<std::string> names;
    std::string_view rest = target;
    while (!rest.empty()) names.emplace_back(split_off(rest, '/'));
    rest_.insert(rest_.begin(), names.begin(), names.end());
  }

  int top_;
  std::deque<std::string> rest_;
  Room* room_;
  std::string last_;
  std::vector<std::pair<Fd, std::string>> passed_;
  int links_ = 0;
};

}  // namespace

Root::Root(const std::string& directory)
    : top_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!top_.valid()) throw Failure(directory + ": " + ::strerror(errno));
}

Root::Place Root::find(const std::vector<std::string>& names, Room* room) const {
  return Walk(top_.get(), names, room).run();
}

bool Root::can_find(const std::vector<std::string>& names) const {
  try {
    (void)find(names, nullptr);
    return true;
  } catch (const Failure&) {
    return false;
  }
}

}  // namespace bulkhead::layers
