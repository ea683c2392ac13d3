// The second callback, which sees results: what the program has, and what signals do meanwhile.
#define _GNU_SOURCE
#include <cpuid.h>
#include <execinfo.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "case.h"

static void handle(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  CHECK_EQUAL(sigaction(number, &action, NULL), 0);
}

static void seen_and_changed(void) {
  unsigned long failures = observed_failures(SYS_close);
  CHECK_EQUAL(close(-1), -1);
  CHECK_EQUAL(errno, EBADF);
  CHECK_EQUAL(observed_failures(SYS_close) - failures, 1);
  long parent = getppid();
  observer.getppid_result = 5;
  CHECK_EQUAL(getppid(), parent + 5);
}

static void put(unsigned char *area, unsigned at, unsigned size) {
  for (unsigned i = 0; i < size; i++) area[at + i] = (unsigned char)(at + i * 7 + 1);
}

// Everything that XSAVE knows and compilers use is the program's again, whatever a callback did to it;
// and the callback found it as functions may expect: x87 empty, exceptions masked, rounding to nearest.
__attribute__((target("xsave"))) static void extended_state(void) {
  unsigned a, b, c, d, enabled;
  __cpuid(1, a, b, c, d);
  if (!(c & bit_OSXSAVE)) SKIP("this system uses no XSAVE");
  __asm__ volatile("xgetbv" : "=a"(enabled), "=d"(d) : "c"(0));
  enabled &= 0xe7;  // x87, SSE, AVX, AVX-512
  const char *saving = getenv("OBSERVER_STATE");
  observer.greedy = saving && strcmp(saving, "fxsave") == 0 ? 1 : 2;
  if (observer.greedy == 1) enabled = 3;
  static unsigned char set[16384] __attribute__((aligned(64))), before[16384] __attribute__((aligned(64))),
      after[16384] __attribute__((aligned(64)));
  memcpy(set, &(unsigned short){0xf7f}, 2);  // the x87 control word: rounds to zero
  set[4] = 0xff;                             // all eight registers are in use
  memcpy(set + 24, &(unsigned){0x7f80}, 4);  // MXCSR: the same
  for (int i = 0; i < 8; i++) put(set, 32 + 16 * i, 10);
  put(set, 160, 256);
  memcpy(set + 512, &enabled, sizeof enabled);
  for (unsigned component = 2; component < 8; component++) {
    if (!(enabled >> component & 1)) continue;
    __cpuid_count(0xd, component, a, b, c, d);
    put(set, b, a);
  }
  for (int i = 0; i < 10; i++) {
    long result = SYS_getppid, unused = 0;
    __asm__ volatile(
        "mov %[mask], %%eax\n\txor %%edx, %%edx\n\txrstor64 %[set]\n\txsave64 %[before]\n\t"
        "mov %[number], %%eax\n\tsyscall\n\tmov %%rax, %%rdi\n\t"
        "mov %[mask], %%eax\n\txor %%edx, %%edx\n\txsave64 %[after]\n\tfninit\n\tldmxcsr %[standard]"
        : "=D"(result), "+d"(unused), [before] "+m"(before), [after] "+m"(after)
        : [set] "m"(set), [mask] "r"(enabled), [number] "i"(SYS_getppid), [standard] "m"((unsigned){0x1f80})
        : "rax", "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
          "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    CHECK(result > 0);
    for (unsigned k = 0; k < sizeof before; k++) CHECK_EQUAL(before[k], after[k]);
  }
  CHECK(memcmp(set + 160, before + 160, 256) == 0);
}

// getpgrp, by a function whose frame is known by %rbx alone, as one that aligns its stack.
long call_with_frame(void);
__asm__(
    ".text\ncall_with_frame:\n .cfi_startproc\n push %rbx\n .cfi_def_cfa_offset 16\n .cfi_offset %rbx, -16\n"
    " mov %rsp, %rbx\n .cfi_def_cfa_register %rbx\n and $-64, %rsp\n"
    " mov $111, %eax\n syscall\n"
    " mov %rbx, %rsp\n .cfi_def_cfa_register %rsp\n pop %rbx\n .cfi_def_cfa_offset 8\n ret\n .cfi_endproc\n");

// The way out of a callback that sees a result.
__attribute__((noinline)) static int frames_of_callback(int level) {
  if (level > 0) {
    int found = frames_of_callback(level - 1);
    __asm__ volatile("" ::: "memory");
    return found;
  }
  call_with_frame();
  return observer.frames;
}
static void backtraces_of_callbacks(void) {
  void *warm[5];
  backtrace(warm, 5);
  int few = frames_of_callback(3);
  CHECK(few > 8);  // four here, main and what called it, the callback and two of the engine
  CHECK_EQUAL(frames_of_callback(13) - few, 10);
}

static sigjmp_buf place;
static volatile int leaves, handled;
static void after_callback(int number) {
  (void)number;
  observer.raised = 0;
  if (observer.in_callback) _exit(9);
  syscall(SYS_getppid);
  handled++;
  if (leaves) siglongjmp(place, 1);
}

// A signal that comes while the tool sees a result: the handler runs afterwards, as after any call.
static void handlers_wait_for_results(void) {
  handle(SIGUSR1, after_callback);
  unsigned long before = observed(SYS_getppid);
  long parent = getppid();
  observer.getppid_result = 5;
  for (volatile int i = 0; i < 20; i++) {
    leaves = i % 2;
    observer.raised = SIGUSR1;
    if (sigsetjmp(place, 1) == 0) {
      CHECK_EQUAL(syscall(SYS_getppid), parent + 5);
      CHECK_EQUAL(leaves, 0);
    }
    CHECK_EQUAL(handled, i + 1);
    CHECK_EQUAL(syscall(SYS_getppid), parent + 5);
  }
  CHECK_EQUAL(observed(SYS_getppid) - before, 1 + 20 * 3);
}

static ucontext_t interrupted, taker, giver;
static volatile int migrations, given;
static void *go_on_with_it(void *ends) {
  char byte;
  CHECK_EQUAL(read(((int *)ends)[0], &byte, 1), 1);
  swapcontext(&taker, &interrupted);
  return NULL;
}
static void give_away(int number) {
  (void)number;
  if (!given++) swapcontext(&interrupted, &giver);
}
static char giver_stack[65536];
static pthread_t taking;
static int to_taker[2];
static void hand_over(void) {
  CHECK_EQUAL(write(to_taker[1], "x", 1), 1);
  CHECK_EQUAL(pthread_join(taking, NULL), 0);
  exit(migrations == 1 ? 0 : 5);
}

// A scheduler of threads that preempts them by signals: one thread goes on where another one was
// interrupted, in the middle of a call.
static void contexts_change_threads(void) {
  CHECK_EQUAL(pipe(to_taker), 0);
  CHECK_EQUAL(pthread_create(&taking, NULL, go_on_with_it, to_taker), 0);
  getcontext(&giver);
  giver.uc_stack.ss_sp = giver_stack;
  giver.uc_stack.ss_size = sizeof giver_stack;
  makecontext(&giver, hand_over, 0);
  handle(SIGALRM, give_away);
  long first = gettid();
  observer.busy = 1;
  // And again later: on a busy machine the first may come before the wait for it begins.
  struct itimerval timer = {.it_value.tv_usec = 2000, .it_interval.tv_usec = 100000};
  CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
  long result = SYS_pause;
  __asm__ volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
  if (result != -EINTR || syscall(SYS_gettid) == first) _exit(3);
  unsigned long before = observed(SYS_getppid);
  for (int i = 0; i < 10; i++) syscall(SYS_getppid);
  if (observed(SYS_getppid) - before != 10) _exit(4);
  migrations++;
  setcontext(&taker);
}

// The program's filter leaves no way to block signals; the tool sees results all the same.
static void program_without_sigprocmask(void) {
  struct sock_filter code_of_filter[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
                                         {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_rt_sigprocmask},
                                         {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM},
                                         {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  struct sock_fprog program = {4, code_of_filter};
  long parent = getppid();
  handle(SIGUSR1, after_callback);
  CHECK_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  CHECK_EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
  observer.getppid_result = 5;
  for (int i = 0; i < 10; i++) {
    observer.raised = SIGUSR1;
    CHECK_EQUAL(syscall(SYS_getppid), parent + 5);
    CHECK_EQUAL(handled, i + 1);
  }
  sigset_t mask;
  CHECK_EQUAL(sigprocmask(SIG_BLOCK, NULL, &mask), -1);
  CHECK_EQUAL(errno, EPERM);
}

static volatile int steps;
static void on_trap(int number) { (void)number; steps++; }

// A program that steps through itself (TF).
static void stepping(void) {
  handle(SIGTRAP, on_trap);
  unsigned long before = observed(SYS_getppid);
  long parent = getppid();
  for (int i = 0; i < 5; i++) {
    long result = SYS_getppid;
    __asm__ volatile(
        "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tsyscall\n\tnop\n\tpushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq"
        : "+a"(result)
        :
        : "rcx", "r11", "memory", "cc");
    CHECK_EQUAL(result, parent);
  }
  CHECK(steps >= 5 * 4);
  CHECK_EQUAL(observed(SYS_getppid) - before, 6);
}

MAIN({"seen_and_changed", seen_and_changed}, {"extended_state", extended_state},
     {"backtraces_of_callbacks", backtraces_of_callbacks},
     {"handlers_wait_for_results", handlers_wait_for_results},
     {"contexts_change_threads", contexts_change_threads},
     {"program_without_sigprocmask", program_without_sigprocmask}, {"stepping", stepping})
