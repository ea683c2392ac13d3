#include "cache/users.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <memory>
#include <string_view>

#include "base/fd.h"
#include "base/text.h"
#include "cache/places.h"

namespace bulkhead::cache {
namespace {

// 0, or an errno value.
int read_all(const std::string& path, std::string& text) {
  text.clear();
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno;
  char buffer[65536];
  for (;;) {
    ssize_t size = ::read(fd.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    if (size == 0) return 0;
    text.append(buffer, static_cast<std::size_t>(size));
  }
}

// The namespaces that a system begins with have fixed numbers (PROC_PID_INIT_INO).
bool sees_all_processes() {
  char name[64];
  ssize_t size = ::readlink("/proc/self/ns/pid", name, sizeof name);
  return size > 0 && std::string_view(name, static_cast<std::size_t>(size)) == "pid:[4026531836]";
}

// Whether one of a process's user numbers is the user's, by its status file.
bool is_of_user(std::string_view status) {
  std::size_t at = status.find("\nUid:");
  if (at == std::string_view::npos) return true;
  std::string_view line = drop(status, at + 5);
  line = take(line, line.find('\n'));
  const std::string user = std::to_string(::geteuid());
  while (!line.empty()) {
    if (split_off(line, '\t') == user) return true;
  }
  return false;
}

class Search {
 public:
  explicit Search(const std::vector<std::string>& names) : names_(names) {
    users_.seen_all = sees_all_processes();
  }

  void look_at(const std::string& process) {
    std::string text;
    for (const char* file : {"/environ", "/maps"}) {
      int error = read_all(process + file, text);
      if (error == 0) {
        look_for_names(text);
      } else if (error != ENOENT && error != ESRCH) {
        // Root may read any, unless something stands between.
        if (::geteuid() == 0 || (read_all(process + "/status", text) == 0 && is_of_user(text))) {
          users_.seen_all = false;
        }
        return;
      }
    }
  }

  Users result() { return std::move(users_); }

 private:
  void look_for_names(std::string_view text) {
    if (text.find(kLayout) == std::string_view::npos) return;
    for (const std::string& name : names_) {
      if (text.find(std::string(kLayout) + "/" + name) != std::string_view::npos) {
        users_.used.insert(name);
      }
    }
  }

  const std::vector<std::string>& names_;
  Users users_;
};

}  // namespace

Users find_users(const std::vector<std::string>& names) {
  Search search(names);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir("/proc"), ::closedir);
  if (stream == nullptr) return {{}, false};
  while (const dirent* entry = ::readdir(stream.get())) {
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0) {
      search.look_at(std::string("/proc/") + entry->d_name);
    }
  }
  return search.result();
}

}  // namespace bulkhead::cache
