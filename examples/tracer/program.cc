// A program whose system calls are known: threads, forked children, and one that it executes.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

static void call(int times) {
  for (int i = 0; i < times; ++i) {
    ::syscall(SYS_getppid);
    ::syscall(SYS_close, -1);
  }
}

int main(int count, char** arguments) {
  const char* what = count > 1 ? arguments[1] : "";
  if (std::strcmp(what, "work") == 0) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back(call, 1000);
    for (std::thread& thread : threads) thread.join();
    if (::fork() == 0) {
      call(500);
      ::_exit(0);
    }
    ::wait(nullptr);
  }
  if (std::strcmp(what, "execute") == 0) {
    if (::fork() == 0) {
      ::execl("/proc/self/exe", arguments[0], "child", nullptr);
      ::_exit(1);
    }
    ::wait(nullptr);
  }
  if (std::strcmp(what, "child") == 0) {
    call(7);
    ::_exit(0);
  }
  std::puts("done");
  return 0;
}
