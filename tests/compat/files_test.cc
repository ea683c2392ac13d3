// Files and descriptors: what compat says against what the kernel says.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "child.h"
#include "library.h"

using namespace compat_test;

namespace {

bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST(Stat, AgreesWithTheKernel) {
  using ByPath = int(const char*, struct stat*);
  using ByFd = int(int, struct stat*);
  using ByDir = int(int, const char*, struct stat*, int);
  const auto same = [](const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_mode == b.st_mode &&
           a.st_nlink == b.st_nlink && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
           a.st_uid == b.st_uid && a.st_blocks == b.st_blocks;
  };
  for (const char* path : {"/proc/self/exe", "/etc", "/etc/passwd", "/dev/null"}) {
    struct stat link {
    }, target{}, ours{};
    ASSERT_EQ(syscall(SYS_newfstatat, AT_FDCWD, path, &target, 0), 0);
    ASSERT_EQ(syscall(SYS_newfstatat, AT_FDCWD, path, &link, AT_SYMLINK_NOFOLLOW), 0);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (const std::string suffix : {"", "64"}) {
      EXPECT_EQ(from_c<ByPath>(("stat" + suffix).c_str(), "GLIBC_2.33")(path, &ours), 0);
      EXPECT_TRUE(same(ours, target)) << path;
      EXPECT_EQ(from_c<ByPath>(("lstat" + suffix).c_str(), "GLIBC_2.33")(path, &ours), 0);
      EXPECT_TRUE(same(ours, link)) << path;
      EXPECT_EQ(from_c<ByFd>(("fstat" + suffix).c_str(), "GLIBC_2.33")(fd, &ours), 0);
      EXPECT_TRUE(same(ours, target)) << path;
      EXPECT_EQ(from_c<ByDir>(("fstatat" + suffix).c_str(), "GLIBC_2.33")(AT_FDCWD, path, &ours,
                                                                          AT_SYMLINK_NOFOLLOW),
                0);
      EXPECT_TRUE(same(ours, link)) << path;
    }
    close(fd);
  }
  struct stat unused;
  errno = 0;
  EXPECT_EQ(from_c<ByPath>("stat", "GLIBC_2.33")("/nowhere/at/all", &unused), -1);
  EXPECT_EQ(errno, ENOENT);
}

TEST(Mknod, MakesAFifo) {
  const std::string path = testing::TempDir() + "/compat-fifo-" + std::to_string(getpid());
  EXPECT_EQ((from_c<int(const char*, mode_t, dev_t)>("mknod", "GLIBC_2.33")(path.c_str(),
                                                                            S_IFIFO | 0600, 0)),
            0);
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_TRUE(S_ISFIFO(info.st_mode));
  errno = 0;
  EXPECT_EQ((from_c<int(int, const char*, mode_t, dev_t)>("mknodat", "GLIBC_2.33")(
                AT_FDCWD, path.c_str(), S_IFIFO | 0600, 0)),
            -1);
  EXPECT_EQ(errno, EEXIST);
  unlink(path.c_str());
}

TEST(CloseRange, ClosesMarksAndRefuses) {
  const auto close_range = from_c<int(unsigned, unsigned, int)>("close_range", "GLIBC_2.34");
  in_child([&] {
    const int a = dup(0), b = dup(0), c = dup(0);
    if (close_range(unsigned(a), unsigned(b), 0) != 0 || is_open(a) || is_open(b) || !is_open(c))
      return false;
    if (close_range(unsigned(c), ~0u, 4) != 0 || fcntl(c, F_GETFD) != FD_CLOEXEC) return false;
    return close_range(9, 8, 0) == -1 && errno == EINVAL;
  });
  const auto closefrom = from_c<void(int)>("closefrom", "GLIBC_2.34");
  in_child([&] {
    const int a = dup(0), b = fcntl(0, F_DUPFD, 200);
    errno = 77;
    closefrom(a);
    const bool kept = errno == 77;
    return kept && !is_open(a) && !is_open(b) && is_open(2);
  });
  in_child([&] {
    closefrom(-5);
    return !is_open(0) && !is_open(2);
  });
}

TEST(CloseRange, OnAKernelWithoutIt) {
  const auto close_range = from_c<int(unsigned, unsigned, int)>("close_range", "GLIBC_2.34");
  const auto closefrom = from_c<void(int)>("closefrom", "GLIBC_2.34");
  in_child([&] {
    if (!forget(436)) return false;
    std::vector<int> many;  // more than one buffer of /proc/self/fd
    for (int i = 0; i < 200; ++i) many.push_back(dup(0));
    if (close_range(unsigned(many[10]), unsigned(many[150]), 0) != 0) return false;
    for (int i = 0; i < 200; ++i)
      if (is_open(many[size_t(i)]) == (i >= 10 && i <= 150)) return false;
    if (close_range(unsigned(many[160]), ~0u, 4) != 0) return false;
    if (fcntl(many[199], F_GETFD) != FD_CLOEXEC || fcntl(many[155], F_GETFD) != 0) return false;
    if (close_range(3, 4, 2) != -1 || errno != ENOSYS) return false;
    if (close_range(9, 8, 0) != -1 || errno != EINVAL) return false;
    closefrom(many[0]);
    for (const int fd : many)
      if (is_open(fd)) return false;
    return is_open(2);
  });
}

TEST(Spawn, ClosefromAction) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int high = fcntl(0, F_DUPFD, 100);
  ASSERT_GE(high, 100);
  const auto add = from_c<int(posix_spawn_file_actions_t*, int)>(
      "posix_spawn_file_actions_addclosefrom_np", "GLIBC_2.34");
  EXPECT_EQ(add(&actions, -1), EBADF);
  EXPECT_EQ(add(&actions, 100), 0);
  const std::string script = "test ! -e /proc/self/fd/" + std::to_string(high);
  char shell[] = "sh", option[] = "-c";
  char* const argv[] = {shell, option, const_cast<char*>(script.c_str()), nullptr};
  pid_t child = 0;
  ASSERT_EQ(posix_spawnp(&child, "sh", &actions, nullptr, argv, environ), 0);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  posix_spawn_file_actions_destroy(&actions);
  close(high);
}
