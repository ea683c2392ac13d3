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
  int no_exec;            // (for reading) exec is refused: the filter is in use
};
extern struct observer_rules observer;

// getppid, from code that is exempt.
long observer_exempt_call(void);

// Whether a second start fails.
int observer_cannot_start_again(void);

// Runs work(argument) as the library's own code.
void observer_unseen(void (*work)(void*), void* argument);

#ifdef __cplusplus
}
#endif
