// One thread: calls are counted, answered, refused, changed; what the program sees is native else.
#define _GNU_SOURCE
#include <alloca.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "case.h"

static void counted(void) {
  unsigned long before = observed(SYS_getppid);
  for (int i = 0; i < 1000; i++) syscall(SYS_getppid);
  CHECK_EQUAL(observed(SYS_getppid) - before, 1000);
}

static void answered(void) {
  long pid = getpid();
  observer.getpid_answer = 42;
  CHECK_EQUAL(getpid(), 42);
  observer.getpid_answer = 0;
  CHECK_EQUAL(getpid(), pid);
}

static void refused(void) {
  observer.refused = "/dev/null";
  CHECK_EQUAL(open("/dev/null", O_RDONLY), -1);
  CHECK_EQUAL(errno, EACCES);
  CHECK(open("/dev/zero", O_RDONLY) >= 0);
}

static void changed(void) {
  observer.from = "/nowhere", observer.to = "/dev/zero";
  int fd = open("/nowhere", O_RDONLY);
  CHECK(fd >= 0);
  char byte = 1;
  CHECK_EQUAL(read(fd, &byte, 1), 1);
  CHECK_EQUAL(byte, 0);
}

// A changed argument is the kernel's alone: the program finds all registers as they were, but the
// three that a call changes.
struct state {
  long rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, flags, red_zone[2];
  double vector[8] __attribute__((aligned(64)));
};
void call_with(const struct state *before, struct state *after);
extern const char after_call[];
__asm__(
    ".text\ncall_with:\n push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
    " push %rsi\n mov %rdi, %rax\n pushq 120(%rax)\n popfq\n"
    " mov 128(%rax), %rbx\n mov %rbx, -8(%rsp)\n mov 136(%rax), %rbx\n mov %rbx, -128(%rsp)\n"
    " movups 192(%rax), %xmm13\n"
    " mov 8(%rax), %rbx\n mov 16(%rax), %rcx\n mov 24(%rax), %rdx\n mov 32(%rax), %rsi\n mov 40(%rax), %rdi\n"
    " mov 48(%rax), %rbp\n mov 56(%rax), %r8\n mov 64(%rax), %r9\n mov 72(%rax), %r10\n mov 80(%rax), %r11\n"
    " mov 88(%rax), %r12\n mov 96(%rax), %r13\n mov 104(%rax), %r14\n mov 112(%rax), %r15\n mov (%rax), %rax\n"
    " syscall\nafter_call:\n"
    " xchg %rax, (%rsp)\n"
    " mov %rbx, 8(%rax)\n mov %rcx, 16(%rax)\n mov %rdx, 24(%rax)\n mov %rsi, 32(%rax)\n mov %rdi, 40(%rax)\n"
    " mov %rbp, 48(%rax)\n mov %r8, 56(%rax)\n mov %r9, 64(%rax)\n mov %r10, 72(%rax)\n mov %r11, 80(%rax)\n"
    " mov %r12, 88(%rax)\n mov %r13, 96(%rax)\n mov %r14, 104(%rax)\n mov %r15, 112(%rax)\n"
    " mov -8(%rsp), %rbx\n mov %rbx, 128(%rax)\n mov -128(%rsp), %rbx\n mov %rbx, 136(%rax)\n"
    " movups %xmm13, 192(%rax)\n"
    " pop %rbx\n mov %rbx, (%rax)\n pushfq\n popq 120(%rax)\n cld\n"
    " pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n");

static void registers(void) {
  observer.greedy = 1;
  for (int change = 0; change < 2; change++) {
    const char *path = "/nowhere";
    if (change) observer.from = path, observer.to = "/dev/zero";
    struct state before = {SYS_openat, 0x11, 0x22, O_RDONLY | O_CLOEXEC, (long)path, AT_FDCWD, 0x33, 0x44,
                           0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xed7, {0xcc, 0xdd}, {1.5, 2.5}};
    struct state after = before;
    call_with(&before, &after);
    CHECK_EQUAL(after.rax >= 0, change);
    CHECK(after.rcx == (long)after_call);
    // The trap flag and the like aside: DF, OF, SF, ZF, AF, PF and CF.
    CHECK_EQUAL(after.r11 & 0xcd5, before.flags & 0xcd5);
    CHECK_EQUAL(after.flags & 0xcd5, before.flags & 0xcd5);
    after.rax = before.rax, after.rcx = before.rcx, after.r11 = before.r11, after.flags = before.flags;
    CHECK(memcmp(&before, &after, sizeof before) == 0);
  }
}

// Vector registers in their full width, with and without a changed argument.
__attribute__((target("avx"))) static void wide_registers(void) {
  if (!__builtin_cpu_supports("avx")) SKIP("this CPU has no AVX");
  for (int change = 0; change < 2; change++) {
    const char *path = "/nowhere";
    if (change) observer.from = path, observer.to = "/dev/zero";
    for (int i = 0; i < 64; i++) {
      // The kernel's frame is aligned, so its distance to the stack pointer varies.
      char *room = alloca(16 * (i % 8) + 1);
      long value[4] = {i + 1, i + 2, i + 3, i + 4}, got[4], fd = SYS_openat;
      __asm__ volatile(
          "vmovdqu (%[value]), %%ymm9\n\tmov %[path], %%rsi\n\tmov $-100, %%rdi\n\txor %%edx, %%edx\n\tsyscall\n\t"
          "vmovdqu %%ymm9, (%[got])"
          : "+a"(fd)
          : [value] "r"(value), [got] "r"(got), [path] "r"(path), "r"(room)
          : "rcx", "r11", "rsi", "rdi", "rdx", "xmm9", "memory");
      CHECK_EQUAL(fd >= 0, change);
      if (fd >= 0) close((int)fd);
      CHECK(memcmp(value, got, sizeof value) == 0);
    }
  }
}

// The tool's own calls are not shown, and its errno is not the program's.
static void tools_calls(void) {
  unsigned long all = observed_all(), names = observed(SYS_uname);
  observer.busy = 1;
  errno = 0;
  for (int i = 0; i < 100; i++) syscall(SYS_getppid);
  observer.busy = 0;
  CHECK_EQUAL(errno, 0);
  CHECK_EQUAL(observed_all() - all, 100);
  CHECK_EQUAL(observed(SYS_uname), names);
}

static void make_calls(void *argument) {
  for (int i = 0; i < 10; i++) syscall(SYS_getppid);
  *(int *)argument = 1;
}

static void unseen_section(void) {
  unsigned long all = observed_all();
  int done = 0;
  observer_unseen(make_calls, &done);
  CHECK(done);
  CHECK_EQUAL(observed_all(), all);
  syscall(SYS_getppid);
  CHECK_EQUAL(observed_all(), all + 1);
}

static void exempt_code(void) {
  unsigned long all = observed_all();
  for (int i = 0; i < 10; i++) CHECK(observer_exempt_call() > 0);
  CHECK_EQUAL(observed_all(), all);
  CHECK_EQUAL(syscall(SYS_getppid), observer_exempt_call());
  CHECK_EQUAL(observed_all(), all + 1);
}

static void code_before_exempt(void) {
  unsigned long all = observed_all();
  CHECK(observer_call_before_exempt() > 0);
  CHECK_EQUAL(observed_all(), all + 1);
}

static void one_start(void) {
  CHECK(observer_cannot_start_again());
  counted();
}

// What a wrong address does is the kernel's to say.
static void wrong_addresses(void) {
  CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, 0, 8), -1);
  CHECK_EQUAL(errno, EFAULT);
  CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &errno, 0, 4), -1);
  CHECK_EQUAL(errno, EINVAL);
  CHECK_EQUAL(syscall(SYS_rt_sigaction, SIGSYS, 8, 0, 8), -1);
  CHECK_EQUAL(errno, EFAULT);
  CHECK_EQUAL(syscall(SYS_rt_sigaction, SIGSYS, 0, 8, 8), -1);
  CHECK_EQUAL(errno, EFAULT);
  CHECK_EQUAL(syscall(SYS_clone3, 8, 88), -1);
  CHECK_EQUAL(errno, EFAULT);
  CHECK_EQUAL(syscall(SYS_ppoll, 0, 0, 8, 0, 8), -1);
  CHECK_EQUAL(errno, EFAULT);
  CHECK_EQUAL(syscall(100000), -1);
  CHECK_EQUAL(errno, ENOSYS);
}

static void dispatch_is_taken(void) {
  if (observer.no_exec) SKIP("nothing else uses it");
  char selector = 0;
  CHECK_EQUAL(prctl(59, 1, 0L, 0L, &selector), -1);
  CHECK_EQUAL(errno, EINVAL);
  CHECK_EQUAL(prctl(59, 0, 0L, 0L, 0L), -1);
  counted();
}

// Six arguments and large results arrive whole.
static void arguments(void) {
  char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(at != MAP_FAILED);
  int fd = open("/proc/self/exe", O_RDONLY);
  char *file = mmap(at, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
  CHECK(file == at);
  CHECK(memcmp(at, "\177ELF", 4) == 0);
}

MAIN({"counted", counted}, {"answered", answered}, {"refused", refused}, {"changed", changed},
     {"registers", registers}, {"wide_registers", wide_registers}, {"tools_calls", tools_calls}, {"unseen_section", unseen_section},
     {"exempt_code", exempt_code}, {"code_before_exempt", code_before_exempt}, {"one_start", one_start}, {"wrong_addresses", wrong_addresses}, {"dispatch_is_taken", dispatch_is_taken},
     {"arguments", arguments})
