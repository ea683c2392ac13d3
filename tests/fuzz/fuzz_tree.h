// A tree for fuzz targets, made once, of which each input changes a file or a link.
#pragma once

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

class FuzzTree {
 public:
  FuzzTree() {
    std::string pattern = (place() / "bulkhead-fuzz-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
    for (const char* each : {"etc", "usr/lib", "opt/a/lib", "opt/b"}) {
      std::filesystem::create_directories(path_ / each);
    }
    std::filesystem::create_symlink("/opt", path_ / "opt/b/up");
    std::filesystem::create_symlink("usr/lib", path_ / "lib");
    write("usr/lib/libtext.so.1", "no library");
    write("etc/one.conf", "/opt/a/lib\n");
  }
  ~FuzzTree() { std::filesystem::remove_all(path_); }
  FuzzTree(const FuzzTree&) = delete;
  FuzzTree& operator=(const FuzzTree&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void write(const char* name, std::string_view text) const {
    const int fd = ::open((path_ / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      std::abort();
    ::close(fd);
  }
  // Nothing if no link can lead there.
  void link(const char* name, std::string_view target) const {
    ::unlink((path_ / name).c_str());
    static_cast<void>(!::symlink(std::string(target).c_str(), (path_ / name).c_str()));
  }

 private:
  // In memory, where files are made in a fraction of the time.
  static std::filesystem::path place() {
    struct statvfs mount;
    const bool can = ::statvfs("/dev/shm", &mount) == 0 && (mount.f_flag & ST_NOEXEC) == 0 &&
                     ::access("/dev/shm", W_OK | X_OK) == 0;
    return can ? "/dev/shm" : std::filesystem::temp_directory_path();
  }

  std::filesystem::path path_;
};
