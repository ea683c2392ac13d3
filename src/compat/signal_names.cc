// sigabbrev_np and sigdescr_np (glibc 2.32): "HUP" and "Hangup" for SIGHUP, never translated;
// null for what is no signal and for real-time signals.
#include <signal.h>

#include "provide.h"

FROM_BASE_IF_THERE(const char* const, _sys_siglist, [65]);

namespace {

struct Abbreviation {
  int number;
  const char* text;
};

constexpr Abbreviation abbreviations[] = {
    {SIGHUP, "HUP"},   {SIGINT, "INT"},       {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},
    {SIGTRAP, "TRAP"}, {SIGABRT, "ABRT"},     {SIGBUS, "BUS"},   {SIGFPE, "FPE"},
    {SIGKILL, "KILL"}, {SIGUSR1, "USR1"},     {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"},
    {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"},     {SIGTERM, "TERM"}, {SIGSTKFLT, "STKFLT"},
    {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"},     {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"},
    {SIGTTIN, "TTIN"}, {SIGTTOU, "TTOU"},     {SIGURG, "URG"},   {SIGXCPU, "XCPU"},
    {SIGXFSZ, "XFSZ"}, {SIGVTALRM, "VTALRM"}, {SIGPROF, "PROF"}, {SIGWINCH, "WINCH"},
    {SIGPOLL, "POLL"}, {SIGPWR, "PWR"},       {SIGSYS, "SYS"},
};

}  // namespace

PROVIDE(const char*, sigabbrev_np, int number) {
  for (const Abbreviation& entry : abbreviations)
    if (entry.number == number) return entry.text;
  return nullptr;
}

PROVIDE(const char*, sigdescr_np, int number) {
  if (number < 0 || number >= 65 || base__sys_siglist == nullptr) return nullptr;
  return base__sys_siglist[number];
}
