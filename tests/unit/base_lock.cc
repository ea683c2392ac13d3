// Lock, in threads and over fork.
#include "base/lock.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "child.h"

namespace bulkhead {
namespace {

constexpr unsigned kPatience = 20;  // seconds, then SIGALRM ends a child that waits for ever

TEST(Lock, ThreadsTakeItOneAfterTheOther) {
  Lock lock;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50'000; ++j) {
        Locked locked(lock);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 200'000);
}

// A thread that has the lock for as long as a test lasts.
class Holder {
 public:
  explicit Holder(Lock& lock)
      : thread_([this, &lock] {
          Locked locked(lock);
          holds_ = true;
          while (!leave_) ::sched_yield();
        }) {
    while (!holds_) ::sched_yield();
  }
  ~Holder() {
    leave_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> holds_ = false, leave_ = false;
  std::thread thread_;
};

TEST(Lock, AChildGetsOneThatAnotherThreadHeldAtFork) {
  Lock lock;
  Holder holder(lock);
  const auto outcome = testing::in_child([&] {
    ::alarm(kPatience);
    Locked locked(lock);
  });
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.exit_code, 0);
}

TEST(Lock, SoDoesTheChildOfAChild) {
  Lock lock;
  Holder holder(lock);
  const auto outcome = testing::in_child([&] {
    const auto inner = testing::in_child([&] {
      ::alarm(kPatience);
      Locked locked(lock);
    });
    ::_exit(inner.exit_code == 0 ? 0 : 1);
  });
  EXPECT_EQ(outcome.exit_code, 0);
}

TEST(Lock, WhatAChildTookIsLockedForItsThreads) {
  Lock lock;
  Holder holder(lock);
  const auto outcome = testing::in_child([&] {
    ::alarm(kPatience);
    int count = 0;
    std::array<std::thread, 2> threads;
    for (std::thread& thread : threads) {
      thread = std::thread([&] {
        for (int j = 0; j < 50'000; ++j) {
          Locked locked(lock);
          ++count;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ::_exit(count == 100'000 ? 0 : 1);
  });
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.exit_code, 0);
}

// A child that shares memory is no copy: the thread which holds the lock exists, and goes on.
TEST(Lock, AChildOfVforkWaits) {
  static Lock lock;
  static std::atomic<bool> released;
  released = false;
  static std::atomic<bool> taken;
  taken = false;
  std::thread other([] {
    Locked locked(lock);
    taken = true;
    ::usleep(100'000);
    released = true;
  });
  while (!taken) ::sched_yield();
  static std::atomic<bool> early;
  early = true;
  const pid_t child = ::vfork();
  if (child == 0) {
    lock.acquire();
    early = !released;
    lock.release();
    ::_exit(0);
  }
  other.join();
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_FALSE(early);
}

// Signals end the kernel's waiting with EINTR.
TEST(Lock, LeavesErrnoAsItWas) {
  struct sigaction interrupt = {}, old = {};
  interrupt.sa_handler = [](int) {};  // without SA_RESTART
  ::sigaction(SIGUSR1, &interrupt, &old);
  Lock lock;
  auto holder = std::make_unique<Holder>(lock);
  const pthread_t waiter = ::pthread_self();
  std::thread other([&] {
    for (int i = 0; i < 50; ++i) {
      ::usleep(1'000);
      ::pthread_kill(waiter, SIGUSR1);
    }
    holder.reset();
  });
  errno = 4711;
  lock.acquire();
  EXPECT_EQ(errno, 4711);
  lock.release();
  EXPECT_EQ(errno, 4711);
  other.join();
  ::sigaction(SIGUSR1, &old, nullptr);
}

}  // namespace
}  // namespace bulkhead
