// SIGINT, SIGTERM and SIGHUP while a tree is made: nothing half-made stays behind.
//
// The signals are noted, and whoever works asks now and then. So the work ends by an exception, and
// what it had made is removed on the way.
#pragma once

namespace bulkhead::trees {

// Thrown by check_interruption. Whoever catches it dies of the signal: see die_of_it.
struct Interrupted {
  int signal = 0;
};

// Notes the signals from now on. Writing beyond RLIMIT_FSIZE is an error from now on, no signal.
void note_signals();

// Throws Interrupted if one came.
void check_interruption();

[[noreturn]] void die_of_it(const Interrupted& interrupted);

}  // namespace bulkhead::trees
