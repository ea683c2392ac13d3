// What a test program asks of the library that intercepts its calls (observer.cc).
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// How many calls with this number were shown before, and how many came back with a failure. Shared
// with children, and with OBSERVER_COUNTS=FILE kept in a file, for programs that do not ask.
unsigned long observed(long number);
unsigned long observed_failures(long number);
unsigned long observed_all(void);

// What it does with calls of this process. Set by the program, null or 0 for nothing.
struct observer_rules {
  long getpid_answer;     // what getpid returns
  const char* refused;    // openat of this path fails with EACCES
  const char *from, *to;  // openat of `from` opens `to`
  long getppid_result;    // added to what getppid returned
  int busy;               // each callback makes calls of its own
  int greedy;       // each callback destroys the state that functions may: 1 x87 and SSE, 2 all
  int raised;       // the signal that comes while the result of getppid is seen
  int in_callback;  // (for reading) that is going on
  int frames;       // (for reading) how many are on the stack when that of getpgrp is seen
  int no_exec;      // (for reading) exec is refused: the filter is in use
};
extern struct observer_rules observer;

// getppid, by the last instruction of code that is exempt, and by the one before its first.
long observer_exempt_call(void);
long observer_call_before_exempt(void);

// Whether a second start fails.
int observer_cannot_start_again(void);

// Runs work(argument) as the library's own code.
void observer_unseen(void (*work)(void*), void* argument);

#ifdef __cplusplus
}
#endif
