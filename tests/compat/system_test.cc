// Processes, threads, terminals, the loader: what compat says against what the system says.
#include <arpa/inet.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "child.h"
#include "library.h"

using namespace compat_test;

namespace {

// An address in the program itself.
void own_function() {}

}  // namespace

TEST(EpollPwait2, OnAKernelWithoutItRoundsUp) {
  const auto epoll_pwait2 = from_c<int(int, epoll_event*, int, const timespec*, const sigset_t*)>(
      "epoll_pwait2", "GLIBC_2.35");
  in_child([&] {
    if (!forget(441)) return false;
    const int queue = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    timespec before{}, after{};
    const timespec wait = {0, 5'500'000}, nonsense = {0, 1'000'000'000}, none = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &before);
    if (epoll_pwait2(queue, &event, 1, &wait, nullptr) != 0) return false;
    clock_gettime(CLOCK_MONOTONIC, &after);
    if ((after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec <
        wait.tv_nsec)
      return false;
    if (epoll_pwait2(queue, &event, 1, &nonsense, nullptr) != -1 || errno != EINVAL) return false;
    return epoll_pwait2(queue, &event, 1, &none, nullptr) == 0;
  });
}

TEST(Random, OnAKernelWithoutGetrandom) {
  const auto fill = from_c<void(void*, size_t)>("arc4random_buf", "GLIBC_2.36");
  in_child([&] {
    unsigned char bytes[64] = {};
    if (!forget(SYS_getrandom)) return false;
    fill(bytes, sizeof bytes);
    for (const unsigned char byte : bytes)
      if (byte != 0) return true;
    return false;
  });
}

TEST(Pidfd, SpawnGetpidSendSignalAndErrors) {
  const auto pidfd_open = from_c<int(pid_t, unsigned)>("pidfd_open", "GLIBC_2.36");
  const int self = pidfd_open(getpid(), 0);
  if (self < 0 && errno == ENOSYS) GTEST_SKIP() << "kernel before 5.3";
  ASSERT_GE(self, 0);
  const auto pidfd_getpid = from_c<pid_t(int)>("pidfd_getpid", "GLIBC_2.39");
  EXPECT_EQ(pidfd_getpid(self), getpid());
  EXPECT_EQ(pidfd_getpid(-1), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(pidfd_getpid(0), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ((from_c<int(int, int, void*, unsigned)>("pidfd_send_signal", "GLIBC_2.36")(self, 0,
                                                                                       nullptr, 0)),
            0);
  close(self);

  using Spawn = int(int*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                    char* const*, char* const*);
  char sleep[] = "sleep", minute[] = "60";
  char* const argv[] = {sleep, minute, nullptr};
  int child = -1;
  ASSERT_EQ(
      from_c<Spawn>("pidfd_spawnp", "GLIBC_2.39")(&child, "sleep", nullptr, nullptr, argv, environ),
      0);
  const pid_t pid = pidfd_getpid(child);
  EXPECT_GT(pid, 0);
  EXPECT_EQ((from_c<int(int, int, void*, unsigned)>("pidfd_send_signal", "GLIBC_2.36")(
                child, SIGKILL, nullptr, 0)),
            0);
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(pidfd_getpid(child), -1);
  EXPECT_EQ(errno, ESRCH);
  close(child);
  EXPECT_EQ(from_c<Spawn>("pidfd_spawn", "GLIBC_2.39")(&child, "/nowhere/at/all", nullptr, nullptr,
                                                       argv, environ),
            ENOENT);
}

TEST(Syscalls, ReachTheKernel) {
  struct {
    unsigned long long flags, mode, resolve;
  } how = {O_RDONLY | O_CLOEXEC, 0, 0};
  const auto openat2 = from_c<int(int, const char*, const void*, size_t)>("openat2", "GLIBC_2.43");
  const int fd = openat2(AT_FDCWD, "/etc/passwd", &how, sizeof how);
  if (fd < 0)
    EXPECT_EQ(errno, ENOSYS);
  else
    close(fd);

  unsigned char attributes[48] = {};
  const auto sched_getattr =
      from_c<int(pid_t, void*, unsigned, unsigned)>("sched_getattr", "GLIBC_2.41");
  EXPECT_EQ(sched_getattr(0, attributes, sizeof attributes, 0), 0);
  EXPECT_EQ((from_c<int(pid_t, void*, unsigned)>("sched_setattr", "GLIBC_2.41")(0, attributes, 0)),
            0);

  errno = 0;
  EXPECT_EQ((from_c<int(const char*, unsigned)>("fsopen", "GLIBC_2.36")(nullptr, ~0u)), -1);
  EXPECT_NE(errno, 0);
  in_child([] {
    char name[] = "true";
    char* const argv[] = {name, nullptr};
    from_c<int(int, const char*, char* const*, char* const*, int)>("execveat", "GLIBC_2.34")(
        AT_FDCWD, "/bin/true", argv, environ, 0);
    return false;
  });
}

TEST(EpollPwait2, WaitsAsLongAsAsked) {
  const auto epoll_pwait2 = from_c<int(int, epoll_event*, int, const timespec*, const sigset_t*)>(
      "epoll_pwait2", "GLIBC_2.35");
  const int queue = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  timespec before{}, after{};
  const timespec wait = {0, 20'500'000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  EXPECT_EQ(epoll_pwait2(queue, &event, 1, &wait, nullptr), 0);
  clock_gettime(CLOCK_MONOTONIC, &after);
  EXPECT_GE((after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec,
            wait.tv_nsec);
  const timespec nonsense = {0, -1};
  EXPECT_EQ(epoll_pwait2(queue, &event, 1, &nonsense, nullptr), -1);
  EXPECT_EQ(errno, EINVAL);
  close(queue);
}

TEST(Random, FillsAndStaysInBounds) {
  const auto fill = from_c<void(void*, size_t)>("arc4random_buf", "GLIBC_2.36");
  std::vector<unsigned char> bytes(1000);
  fill(bytes.data(), bytes.size());
  int seen[256] = {};
  for (const unsigned char byte : bytes) ++seen[byte];
  for (const int count : seen) EXPECT_LT(count, 40);  // 4 are expected; 40 is out of the question
  fill(nullptr, 0);

  const auto uniform = from_c<uint32_t(uint32_t)>("arc4random_uniform", "GLIBC_2.36");
  EXPECT_EQ(uniform(0), 0u);
  EXPECT_EQ(uniform(1), 0u);
  int sides[6] = {};
  for (int i = 0; i < 6000; ++i) {
    const uint32_t side = uniform(6);
    ASSERT_LT(side, 6u);
    ++sides[side];
  }
  for (const int count : sides) EXPECT_NEAR(count, 1000, 250);
  for (int i = 0; i < 100; ++i) EXPECT_LT(uniform(0x80000001u), 0x80000001u);
  const auto random = from_c<uint32_t()>("arc4random", "GLIBC_2.36");
  EXPECT_FALSE(random() == random() && random() == random());
}

TEST(Baud, NumbersAreNumbersAndTheCodeIsTheKernels) {
  using Get = unsigned(const termios*);
  using Set = int(termios*, unsigned);
  termios line{};
  EXPECT_EQ(from_c<Set>("cfsetospeed", "GLIBC_2.42")(&line, 115200), 0);
  EXPECT_EQ(cfgetospeed(&line), tcflag_t(B115200));
  EXPECT_EQ(from_c<Get>("cfgetospeed", "GLIBC_2.42")(&line), 115200u);
  EXPECT_EQ(from_c<Get>("cfgetobaud", "GLIBC_2.42")(&line), 115200u);
  EXPECT_EQ(from_c<Set>("cfsetspeed", "GLIBC_2.42")(&line, 9600), 0);
  EXPECT_EQ(from_c<Get>("cfgetispeed", "GLIBC_2.42")(&line), 9600u);
  EXPECT_EQ(from_c<Get>("cfgetibaud", "GLIBC_2.42")(&line), 9600u);
  EXPECT_EQ(from_c<Set>("cfsetbaud", "GLIBC_2.42")(&line, 4000000), 0);
  EXPECT_EQ(cfgetospeed(&line), tcflag_t(B4000000));
  for (const char* name :
       {"cfsetospeed", "cfsetispeed", "cfsetspeed", "cfsetobaud", "cfsetibaud", "cfsetbaud"}) {
    errno = 0;
    EXPECT_EQ(from_c<Set>(name, "GLIBC_2.42")(&line, 12345), -1) << name;
    EXPECT_EQ(errno, EINVAL);
  }
}

TEST(Inet, CheckedForms) {
  const auto pton = from_c<int(int, const char*, void*, size_t)>("__inet_pton_chk", "GLIBC_2.42");
  const auto ntop = from_c<const char*(int, const void*, char*, socklen_t, size_t)>(
      "__inet_ntop_chk", "GLIBC_2.42");
  in_addr address{};
  char text[64];
  EXPECT_EQ(pton(AF_INET, "127.0.0.1", &address, sizeof address), 1);
  EXPECT_STREQ(ntop(AF_INET, &address, text, sizeof text, sizeof text), "127.0.0.1");
  EXPECT_DEATH(pton(AF_INET6, "::1", &address, sizeof address), "overflow");
  EXPECT_DEATH(ntop(AF_INET, &address, text, 100, sizeof text), "overflow");
}

TEST(Time, Resolution) {
  const auto timespec_getres = from_c<int(timespec*, int)>("timespec_getres", "GLIBC_2.34");
  timespec ours{}, theirs{};
  clock_getres(CLOCK_REALTIME, &theirs);
  EXPECT_EQ(timespec_getres(&ours, TIME_UTC), TIME_UTC);
  EXPECT_EQ(ours.tv_nsec, theirs.tv_nsec);
  EXPECT_EQ(timespec_getres(nullptr, TIME_UTC), TIME_UTC);
  EXPECT_EQ(timespec_getres(&ours, 0), 0);
}

TEST(Threads, AliasesAndNumbers) {
  using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  const auto create = from_c<Create>("pthread_create", "GLIBC_2.34");
  const auto join = from_c<int(pthread_t, void**)>("pthread_join", "GLIBC_2.34");
  const auto number = from_c<pid_t(pthread_t)>("pthread_gettid_np", "GLIBC_2.42");
  static std::atomic<pid_t> tid;
  static pthread_barrier_t gate;
  from_c<int(pthread_barrier_t*, const pthread_barrierattr_t*, unsigned)>(
      "pthread_barrier_init", "GLIBC_2.34")(&gate, nullptr, 2);
  pthread_t thread{};
  ASSERT_EQ(create(
                &thread, nullptr,
                [](void* given) {
                  tid = pid_t(syscall(SYS_gettid));
                  pthread_barrier_wait(&gate);
                  pthread_barrier_wait(&gate);
                  return given;
                },
                &tid),
            0);
  pthread_barrier_wait(&gate);
  EXPECT_EQ(number(thread), tid.load());
  EXPECT_EQ(number(pthread_self()), pid_t(syscall(SYS_gettid)));

  const auto clockjoin = from_c<int(pthread_t, void**, clockid_t, const timespec*)>(
      "pthread_clockjoin_np", "GLIBC_2.34");
  timespec deadline{};
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec -= 1;
  void* result = nullptr;
  EXPECT_EQ(clockjoin(thread, &result, CLOCK_MONOTONIC, &deadline), ETIMEDOUT);
  EXPECT_EQ(clockjoin(thread, &result, CLOCK_PROCESS_CPUTIME_ID, &deadline), EINVAL);
  pthread_barrier_wait(&gate);
  EXPECT_EQ(join(thread, &result), 0);
  EXPECT_EQ(result, &tid);
  tid = 0;

  // Of a thread that has ended: the kernel tells, glibc 2.34 does not.
  const auto signal = from_c<int(pthread_t, int)>("pthread_kill", "GLIBC_2.34");
  ASSERT_EQ(create(
                &thread, nullptr,
                [](void*) -> void* {
                  tid = pid_t(syscall(SYS_gettid));
                  return nullptr;
                },
                nullptr),
            0);
  while (tid == 0 || syscall(SYS_tgkill, getpid(), tid.load(), 0) == 0) usleep(1000);
  EXPECT_EQ(signal(thread, 0), 0);
  EXPECT_EQ(signal(pthread_self(), 1000), EINVAL);
  EXPECT_EQ(join(thread, &result), 0);

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  sigset_t mask;
  sigemptyset(&mask);
  EXPECT_EQ((from_c<int(pthread_attr_t*, const sigset_t*)>("pthread_attr_setsigmask_np",
                                                           "GLIBC_2.32")(&attributes, &mask)),
            ENOSYS);
  EXPECT_EQ((from_c<int(const pthread_attr_t*, sigset_t*)>("pthread_attr_getsigmask_np",
                                                           "GLIBC_2.32")(&attributes, &mask)),
            -1);
  pthread_attr_destroy(&attributes);
}

TEST(Scanf, GoesToTheBase) {
  const auto sscanf = from_c<int(const char*, const char*, ...)>("__isoc23_sscanf", "GLIBC_2.38");
  int number = 0;
  double real = 0;
  char word[8] = "";
  EXPECT_EQ(sscanf("12 word 2.5", "%d %7s %lf", &number, word, &real), 3);
  EXPECT_EQ(number, 12);
  EXPECT_EQ(real, 2.5);
  EXPECT_STREQ(word, "word");
}

TEST(Loader, AliasesOfDl) {
  void* const self = from_c<void*(const char*, int)>("dlopen", "GLIBC_2.34")(nullptr, RTLD_NOW);
  EXPECT_EQ(self, dlopen(nullptr, RTLD_NOW));
  EXPECT_EQ((from_c<void*(void*, const char*)>("dlsym", "GLIBC_2.34")(self, "getpid")),
            dlsym(self, "getpid"));
  const auto error = from_c<char*()>("dlerror", "GLIBC_2.34");
  EXPECT_EQ(dlopen("/nowhere.so", RTLD_NOW), nullptr);
  EXPECT_NE(error(), nullptr);
}

TEST(Loader, FindObjectAsThisMachineDoes) {
  struct Found {
    unsigned long long flags;
    void *start, *end;
    link_map* map;
    void* eh_frame;
    unsigned long long reserved[7];
  };
  const auto ours = from_c<int(void*, Found*)>("_dl_find_object", "GLIBC_2.35");
  const auto theirs = of_this_machine<int(void*, Found*)>("_dl_find_object");
  Found mine{}, other{};
  for (void* address : {reinterpret_cast<void*>(&own_function), dlsym(RTLD_DEFAULT, "qsort"),
                        dlsym(handle_of_m(), "fegetround")}) {
    ASSERT_EQ(ours(address, &mine), 0);
    EXPECT_LE(mine.start, address);
    EXPECT_GT(mine.end, address);
    ASSERT_NE(mine.map, nullptr);
    if (theirs == nullptr) continue;
    ASSERT_EQ(theirs(address, &other), 0);
    EXPECT_EQ(mine.map, other.map);
    EXPECT_EQ(mine.eh_frame, other.eh_frame);
    EXPECT_EQ(mine.flags, other.flags);
  }
  EXPECT_EQ(ours(nullptr, &mine), -1);
}

TEST(Data, AlwaysRight) {
  EXPECT_EQ(*from_c<char>("__libc_single_threaded", "GLIBC_2.32"), 0);
  EXPECT_EQ(*from_c<unsigned>("__rseq_size", "GLIBC_2.35"), 0u);
}
