// The file with rules for system calls by region (bulkhead explain --seccomp FILE). TOML;
// docs/seccomp.md describes it.
//
// Here it is read and checked: every mistake is a Failure that starts with FILE:LINE:COLUMN and
// names what was probably meant. rules/compile.h makes filters of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace bulkhead::rules {

struct Rule {
  int number;
  std::string call;
  std::string place;
  std::uint32_t answer;               // SECCOMP_RET_…
  std::vector<Condition> conditions;  // all must hold; none: for every call
};

struct Region {
  std::string selector;     // seccomp/selector.h
  std::string place;        // "policy.toml:3:9"
  std::uint32_t otherwise;  // for calls that no rule is for
  std::vector<Rule> rules;
};

struct Policy {
  std::uint32_t other_abi;
  std::vector<Region> regions;  // in the order of the file, but "default" last, always there
};

// `file` is how messages call it.
Policy parse_policy(std::string_view text, const std::string& file);
Policy read_policy(const std::string& file);

}  // namespace bulkhead::rules
