#include "seccomp/install.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/keep_errno.h"
#include "base/text.h"

namespace bulkhead::seccomp {
namespace {

constexpr std::string_view kNoFilters = "this kernel has no seccomp filters";
constexpr std::string_view kNoFiltersAdvice =
    "Linux 3.17 or newer, built with CONFIG_SECCOMP_FILTER, has them";

// glibc has no function for it. The result, or a negative errno value.
long seccomp(unsigned operation, unsigned long flags, const void* argument) {
  long result = ::syscall(SYS_seccomp, operation, flags, argument);
  return result == -1 ? -errno : result;
}

std::string_view name_of(std::uint32_t action) {
  switch (action) {
    case SECCOMP_RET_KILL_PROCESS: return "kill the process (SECCOMP_RET_KILL_PROCESS, Linux 4.14)";
    case SECCOMP_RET_LOG: return "log (SECCOMP_RET_LOG, Linux 4.14)";
    default: return {};
  }
}

// The first actions had no way to be asked for, and need none.
bool is_of_old(std::uint32_t action) {
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRAP ||
         action == SECCOMP_RET_TRACE || action == SECCOMP_RET_KILL_THREAD;
}

Status check_actions(Arena& arena, Filter filter) {
  std::uint32_t known = SECCOMP_RET_ALLOW;  // the last one asked for: filters repeat a few
  for (const Instruction& instruction : filter) {
    std::uint32_t action = instruction.k & SECCOMP_RET_ACTION_FULL;
    if (instruction.code != (BPF_RET | BPF_K) || action == known || is_of_old(action)) continue;
    long answer = seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action);
    if (answer == -ENOSYS) {
      return fail(Fault::unsupported, kNoFilters, {}, "seccomp(2) is missing", kNoFiltersAdvice);
    }
    // EINVAL: the kernel does not even know the question, which came with these actions.
    if (answer == -EOPNOTSUPP || answer == -EINVAL) {
      std::string_view name = name_of(action);
      if (name.empty()) name = hexadecimal(arena, action);
      return fail(Fault::unsupported,
                  join(arena, {"this kernel lacks an action of the seccomp policy: ", name}), {},
                  {}, "use another action for it");
    }
    if (answer != 0) {
      return fail_system(static_cast<int>(-answer), "cannot ask for the actions of seccomp(2)");
    }
    known = action;
  }
  return {};
}

std::unexpected<Error> refusal(Arena& arena, long answer) {
  if (answer > 0) {
    return fail(Fault::conflict,
                join(arena, {"the seccomp filter cannot be installed for all threads: thread ",
                             decimal(arena, static_cast<std::uint64_t>(answer)),
                             " has filters that this one has not"}),
                {}, "SECCOMP_FILTER_FLAG_TSYNC",
                "install it before threads are started that filter themselves");
  }
  switch (-answer) {
    case ENOSYS:
      return fail(Fault::unsupported, kNoFilters, {}, "seccomp(2) is missing", kNoFiltersAdvice);
    case EINVAL:
      return fail(Fault::unsupported, "this kernel does not take the seccomp filter", {},
                  "EINVAL: built without CONFIG_SECCOMP_FILTER, or in strict mode already",
                  kNoFiltersAdvice);
    case ENOMEM:
      return fail(Fault::limit, "the kernel has no room for another seccomp filter", {},
                  "all filters of a process together may have 32768 instructions, each one counts "
                  "4 more than it has, and children inherit them",
                  "name fewer system calls or fewer libraries in the policy");
    default:
      return fail_system(static_cast<int>(-answer), "the seccomp filter cannot be installed", {},
                         "perhaps a sandbox around the program forbids seccomp(2)");
  }
}

}  // namespace

Status install(Arena& arena, Filter filter) {
  KeepErrno keep;
  if (Status status = check_actions(arena, filter); !status) return status;
  // Without it only CAP_SYS_ADMIN may filter: a set-user-ID program could be led astray.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    if (errno == EINVAL) {
      return fail(Fault::unsupported,
                  "this kernel has no no_new_privs, which a seccomp filter needs", {}, {},
                  "Linux 3.5 or newer has it");
    }
    return fail_system(errno, "no_new_privs, which a seccomp filter needs, cannot be set");
  }
  ::sock_fprog program{static_cast<unsigned short>(filter.size()),
                       const_cast<Instruction*>(filter.data())};
  long answer = seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  if (answer != 0) return refusal(arena, answer);
  return {};
}

}  // namespace bulkhead::seccomp
