#include "rules/names.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace bulkhead::rules {
namespace {

// The kernel takes one more (MAX_ERRNO), libseccomp does not.
constexpr int kMostErrno = 4094;
// Above all numbers that are given away, and below x32's.
constexpr int kMostNumber = 2000;

struct Alias {
  const char* name;
  int value;
};
// Second names of values, which strerrorname_np does not give.
constexpr Alias kAliases[] = {
    {"EWOULDBLOCK", EWOULDBLOCK}, {"ENOTSUP", ENOTSUP}, {"EDEADLOCK", EDEADLOCK}};

std::string known_name(int number) {
  std::unique_ptr<char, decltype(&::free)> name(
      ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number), ::free);
  return name == nullptr ? "" : name.get();
}

}  // namespace

std::optional<int> system_call_number(const std::string& name) {
  int number = ::seccomp_syscall_resolve_name(name.c_str());
  // Negative: unknown, or libseccomp's mark for a call that this machine has not.
  if (number < 0) return {};
  return number;
}

std::string system_call_name(int number) {
  std::string name = known_name(number);
  return name.empty() ? fmt::format("system call {}", number) : name;
}

const std::vector<std::string>& system_call_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (int number = 0; number < kMostNumber; ++number) {
      if (std::string name = known_name(number); !name.empty()) all.push_back(name);
    }
    std::ranges::sort(all);
    return all;
  }();
  return names;
}

bool is_foreign_system_call(const std::string& name) {
  int number = ::seccomp_syscall_resolve_name(name.c_str());
  return number < 0 && number != __NR_SCMP_ERROR;
}

std::optional<int> errno_value(const std::string& name) {
  std::uint64_t number = 0;
  if (parse_number(name, number)) {
    if (number > kMostErrno) return {};
    return static_cast<int>(number);
  }
  for (const Alias& alias : kAliases) {
    if (name == alias.name) return alias.value;
  }
  for (int value = 1; value <= kMostErrno; ++value) {
    const char* known = ::strerrorname_np(value);
    if (known != nullptr && name == known) return value;
  }
  return {};
}

const std::vector<std::string>& errno_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (int value = 1; value <= kMostErrno; ++value) {
      if (const char* name = ::strerrorname_np(value)) all.emplace_back(name);
    }
    return all;
  }();
  return names;
}

std::string answer_name(std::uint32_t answer) {
  switch (answer & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW: return "allow";
    case SECCOMP_RET_LOG: return "log";
    case SECCOMP_RET_TRAP: return "trap";
    case SECCOMP_RET_KILL_PROCESS: return "kill";
    case SECCOMP_RET_ERRNO: {
      auto value = static_cast<int>(answer & SECCOMP_RET_DATA);
      const char* name = value == 0 ? nullptr : ::strerrorname_np(value);
      return name == nullptr ? fmt::format("errno.{}", value) : fmt::format("errno.{}", name);
    }
    default: return fmt::format("{:#x}", answer);
  }
}

}  // namespace bulkhead::rules
