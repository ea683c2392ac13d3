// Composed filters in the kernel: system calls made from pages of our own, under rules by page.
#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "base/diagnostics.h"
#include "child.h"
#include "seccomp/install.h"
#include "seccomp_pages.h"

namespace bulkhead::seccomp {
namespace {

using namespace testing;
using bulkhead::testing::in_child;
using bulkhead::testing::Outcome;

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW, kKill = SECCOMP_RET_KILL_PROCESS;

std::uint32_t with_errno(int number) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(number);
}

// Installs a filter with one rule for a page, and "allow" elsewhere; in a child.
void filter_page(const Range& page, const Code& rule, std::uint32_t other_abi = kKill,
                 const Code& elsewhere = always(kAllow)) {
  Arena arena;
  const Region regions[] = {{"page", rule, {&page, 1}}};
  Result<Filter> filter = compose(arena, regions, elsewhere, other_abi);
  claim(filter.has_value(), "not composed");
  Status status = install(arena, *filter);
  claim(status.has_value(), status ? "" : render(arena, status.error()));
}

// What install() says, as text.
std::string installed(const Code& code) {
  Arena arena;
  Status status = install(arena, code);
  return status ? "installed" : std::string(render(arena, status.error()));
}

// An errno for a system call whose first argument is that; the kernel of the tests below.
Code refuse(int number, std::uint32_t argument, int error) {
  return {look_at(0),
          operation(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 3),
          look_at(offsetof(::seccomp_data, args)),
          operation(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1),
          give(with_errno(error)),
          give(kAllow)};
}

class SeccompKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kernel_takes_filters()) GTEST_SKIP() << kNoFilters;
  }

  template <class Work>
  void passes(Work work) {
    Outcome outcome = in_child(work);
    EXPECT_EQ(outcome.exit_code, 0) << "signal " << outcome.signal << "; " << outcome.err;
  }
};

TEST_F(SeccompKernel, RuleHoldsInItsRegionAndNowhereElse) {
  passes([] {
    Pages one(kInside), other(kInside);
    filter_page(one.first_page(), if_number(SYS_getppid, with_errno(EACCES), kAllow));
    claim(one.call(SYS_getppid) == -EACCES, "the rule does not hold in its region");
    claim(one.call(SYS_getpid) == ::getpid(), "another call is refused in the region");
    claim(other.call(SYS_getppid) == ::getppid(), "the rule holds in another region");
    claim(::getppid() > 0, "the rule holds in libc");
  });
}

TEST_F(SeccompKernel, EachRegionHasItsOwnRules) {
  passes([] {
    Pages a(kInside), b(kInside), c(kInside);
    Arena arena;
    Code first = if_number(SYS_getppid, with_errno(1), kAllow),
         second = long_one(900, with_errno(2));
    const Range ranges[] = {a.first_page(), b.first_page(), c.first_page()};
    const Region regions[] = {{"a", first, {&ranges[0], 1}}, {"b", second, {&ranges[1], 1}}};
    Code third = if_number(SYS_getppid, with_errno(3), kAllow);
    Result<Filter> filter = compose(arena, regions, third, kKill);
    claim(filter.has_value() && install(arena, *filter).has_value(), "not installed");
    claim(a.call(SYS_getppid) == -1 && b.call(SYS_getppid) == -2 && c.call(SYS_getppid) == -3,
          "not the rules of each");
  });
}

TEST_F(SeccompKernel, LastInstructionOfARegionBelongsToIt) {
  passes([] {
    Pages pages(kPage - 2);  // the kernel sees an address that is outside
    filter_page(pages.first_page(), if_number(SYS_getppid, with_errno(EACCES), kAllow));
    claim(pages.call(SYS_getppid) == -EACCES, "it does not");
  });
}

TEST_F(SeccompKernel, InstructionBehindARegionDoesNotBelongToIt) {
  passes([] {
    Pages pages(kPage);
    filter_page(pages.first_page(), if_number(SYS_getppid, with_errno(EACCES), kAllow));
    claim(pages.call(SYS_getppid) == ::getppid(), "it does");
  });
}

TEST_F(SeccompKernel, FirstInstructionOfARegionBelongsToIt) {
  passes([] {
    Pages pages(0);
    filter_page(pages.first_page(), if_number(SYS_getppid, with_errno(EACCES), kAllow));
    claim(pages.call(SYS_getppid) == -EACCES, "it does not");
  });
}

TEST_F(SeccompKernel, InstructionBeforeARegionDoesNotBelongToIt) {
  passes([] {
    Pages pages(kInside);
    Range page = pages.first_page();
    page.begin = pages.instruction() + 2;  // what the kernel sees is the region's first address
    filter_page(page, if_number(SYS_getppid, with_errno(EACCES), kAllow));
    claim(pages.call(SYS_getppid) == ::getppid(), "it does");
  });
}

siginfo_t g_trapped;

TEST_F(SeccompKernel, TrapTellsWhichCallWasMadeWhere) {
  passes([] {
    Pages pages(kInside);
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int, siginfo_t* info, void*) { g_trapped = *info; };
    ::sigaction(SIGSYS, &action, nullptr);
    filter_page(pages.first_page(), if_number(SYS_getppid, SECCOMP_RET_TRAP, kAllow));
    pages.call(SYS_getppid);
    claim(g_trapped.si_signo == SIGSYS, "no SIGSYS");
    claim(g_trapped.si_syscall == SYS_getppid, "not the number");
    claim(reinterpret_cast<std::uint64_t>(g_trapped.si_call_addr) == pages.instruction() + 2,
          "not the address behind the instruction");
  });
}

TEST_F(SeccompKernel, KillEndsTheProcessWithSigsys) {
  Outcome outcome = in_child([] {
    Pages pages(kInside);
    filter_page(pages.first_page(), if_number(SYS_getppid, kKill, kAllow));
    claim(pages.call(SYS_getpid) > 0, "another call is refused");
    pages.call(SYS_getppid);
  });
  EXPECT_EQ(outcome.signal, SIGSYS) << outcome.err;
}

TEST_F(SeccompKernel, LogLetsTheCallPass) {
  passes([] {
    Pages pages(kInside);
    filter_page(pages.first_page(), if_number(SYS_getppid, SECCOMP_RET_LOG, with_errno(EACCES)));
    claim(pages.call(SYS_getppid) == ::getppid(), "it does not");
  });
}

TEST_F(SeccompKernel, CallsOfX32AreOfAnotherAbi) {
  passes([] {
    Pages pages(kInside);
    filter_page(pages.first_page(), always(kAllow), with_errno(EPROTO));
    claim(pages.call(SYS_getppid | 0x40000000) == -EPROTO, "they are not");
    claim(pages.call(-1) == -ENOSYS, "-1 is taken for one");
  });
}

TEST_F(SeccompKernel, EvaluatorAnswersAsTheKernelDoes) {
  passes([] {
    Pages pages(kInside);
    Arena arena;
    // Every kind of instruction has a say in the answer, which is an errno.
    Code rule = {look_at(0),
                 operation(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0),
                 give(kAllow),
                 look_at(offsetof(::seccomp_data, args)),
                 operation(BPF_ALU | BPF_MUL | BPF_K, 3),
                 operation(BPF_ALU | BPF_SUB | BPF_K, 5),
                 operation(BPF_ALU | BPF_XOR | BPF_K, 0x55),
                 operation(BPF_JMP | BPF_JSET | BPF_K, 4, 0, 1),
                 operation(BPF_ALU | BPF_NEG, 0),
                 operation(BPF_ALU | BPF_RSH | BPF_K, 2),
                 operation(BPF_ALU | BPF_LSH | BPF_K, 1),
                 operation(BPF_ALU | BPF_DIV | BPF_K, 3),
                 operation(BPF_JMP | BPF_JGT | BPF_K, 1000, 0, 1),
                 operation(BPF_ALU | BPF_ADD | BPF_K, 7),
                 operation(BPF_ALU | BPF_AND | BPF_K, 0xff),
                 operation(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO | 1),
                 operation(BPF_RET | BPF_A, 0)};
    const Range page = pages.first_page();
    const Region regions[] = {{"page", rule, {&page, 1}}};
    Code elsewhere = always(kAllow);
    Result<Filter> filter = compose(arena, regions, elsewhere, kKill);
    claim(filter.has_value() && install(arena, *filter).has_value(), "not installed");
    for (std::uint64_t argument = 0; argument < 2000; ++argument) {
      ::seccomp_data call = call_at(pages.instruction(), SYS_getppid);
      call.args[0] = argument;
      auto expected = static_cast<long>(evaluate(*filter, call) & SECCOMP_RET_DATA);
      claim(pages.call(SYS_getppid, static_cast<long>(argument)) == -expected, "it does not");
    }
  });
}

TEST_F(SeccompKernel, ThreadsThatRunAlreadyAreFiltered) {
  passes([] {
    struct Shared {
      Pages pages{kInside};
      sem_t started, filtered;
      long before = 0, after = 0;
    } shared;
    ::sem_init(&shared.started, 0, 0);
    ::sem_init(&shared.filtered, 0, 0);
    pthread_t thread{};
    auto work = [](void* argument) -> void* {
      auto& own = *static_cast<Shared*>(argument);
      own.before = own.pages.call(SYS_getppid);
      ::sem_post(&own.started);
      while (::sem_wait(&own.filtered) != 0) continue;
      own.after = own.pages.call(SYS_getppid);
      return nullptr;
    };
    claim(::pthread_create(&thread, nullptr, work, &shared) == 0, "no thread");
    while (::sem_wait(&shared.started) != 0) continue;
    filter_page(shared.pages.first_page(), if_number(SYS_getppid, with_errno(EACCES), kAllow));
    ::sem_post(&shared.filtered);
    ::pthread_join(thread, nullptr);
    claim(shared.before == ::getppid(), "it was filtered before");
    claim(shared.after == -EACCES, "it is not filtered");
  });
}

TEST_F(SeccompKernel, ThreadWithAFilterOfItsOwnIsNamed) {
  passes([] {
    struct Shared {
      sem_t started;
      long thread = 0;
    } shared;
    ::sem_init(&shared.started, 0, 0);
    pthread_t thread{};
    auto work = [](void* argument) -> void* {
      auto& own = *static_cast<Shared*>(argument);
      claim(plain_filter(always(kAllow)), "it cannot filter itself");
      own.thread = ::syscall(SYS_gettid);
      ::sem_post(&own.started);
      for (;;) ::pause();
    };
    claim(::pthread_create(&thread, nullptr, work, &shared) == 0, "no thread");
    while (::sem_wait(&shared.started) != 0) continue;
    std::string text = installed(always(kAllow));
    claim(text.find("thread " + std::to_string(shared.thread) +
                    " has filters that this one has not") != std::string::npos,
          text);
  });
}

TEST_F(SeccompKernel, FiltersThatAreTooLongInSumAreNamed) {
  passes([] {
    Code code = long_one(kMaxInstructions, kAllow);
    std::string text = "installed";
    int count = 0;
    while (text == "installed" && count < 20) {
      text = installed(code);
      ++count;
    }
    claim(count == 8 && text.find("32768 instructions") != std::string::npos, text);
  });
}

TEST_F(SeccompKernel, KernelWithoutSeccompIsNamed) {
  passes([] {
    claim(plain_filter(refuse(SYS_seccomp, SECCOMP_SET_MODE_FILTER, ENOSYS)), "no filter");
    std::string text = installed(always(kAllow));
    claim(text.find("this kernel has no seccomp filters (seccomp(2) is missing); Linux 3.17") == 0,
          text);
  });
}

TEST_F(SeccompKernel, KernelWithoutAnActionIsNamedBeforeItWouldKill) {
  passes([] {
    claim(plain_filter(refuse(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, EINVAL)), "no filter");
    std::string text = installed({give(SECCOMP_RET_LOG)});
    claim(text.find("lacks an action of the seccomp policy: log (SECCOMP_RET_LOG, Linux 4.14)") !=
              std::string::npos,
          text);
    claim(installed(if_number(SYS_getppid, SECCOMP_RET_TRAP, kAllow)) == "installed",
          "an old action is asked for");
  });
}

TEST_F(SeccompKernel, SandboxThatForbidsFiltersIsNamed) {
  passes([] {
    claim(plain_filter(refuse(SYS_seccomp, SECCOMP_SET_MODE_FILTER, EPERM)), "no filter");
    std::string text = installed(always(kAllow));
    claim(text.find("operation not permitted; perhaps a sandbox") != std::string::npos, text);
  });
}

TEST_F(SeccompKernel, ErrnoStaysTheProgramsOwn) {
  passes([] {
    errno = ELOOP;
    claim(installed(always(kAllow)) == "installed" && errno == ELOOP, "changed by success");
    claim(plain_filter(refuse(SYS_seccomp, SECCOMP_SET_MODE_FILTER, EPERM)), "no filter");
    errno = ELOOP;
    claim(installed(always(kAllow)) != "installed" && errno == ELOOP, "changed by failure");
  });
}

}  // namespace
}  // namespace bulkhead::seccomp
