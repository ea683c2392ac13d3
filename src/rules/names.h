// Names of system calls, of errno values and of what a filter answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::rules {

// The number that this machine's system call has, if libseccomp knows it and this machine has it.
std::optional<int> system_call_number(const std::string& name);

// "openat"; "system call 1000" for a number that libseccomp does not know.
std::string system_call_name(int number);

// Those of this machine that libseccomp knows.
const std::vector<std::string>& system_call_names();

// Whether it is one of some machine's, if not of this one.
bool is_foreign_system_call(const std::string& name);

// "EACCES", "EWOULDBLOCK" or "13"; 0 to 4094.
std::optional<int> errno_value(const std::string& name);
const std::vector<std::string>& errno_names();

// As a policy calls it: "allow", "kill", "errno.EACCES"; what a policy cannot say, in hexadecimal.
std::string answer_name(std::uint32_t answer);

}  // namespace bulkhead::rules
