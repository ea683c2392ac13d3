// The file with rules for system calls: what it means, which filters it becomes, and where it says
// that something is wrong.
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

#include "messages/failure.h"
#include "rules/compile.h"
#include "rules/condition.h"
#include "rules/disassemble.h"
#include "rules/names.h"
#include "rules/policy_file.h"
#include "seccomp/compose.h"
#include "seccomp/install.h"
#include "seccomp_pages.h"

namespace bulkhead::rules {
namespace {

using seccomp::evaluate;
using seccomp::testing::call_at;

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW, kKill = SECCOMP_RET_KILL_PROCESS;

std::uint32_t with_errno(int number) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(number);
}

std::string fault_of(std::string_view text) {
  try {
    parse_policy(text, "p.toml");
  } catch (const messages::Failure& failure) {
    EXPECT_EQ(failure.status(), messages::kFailed);
    return failure.what();
  }
  return "no fault";
}

// A policy's filters, by region.
class Compiled {
 public:
  explicit Compiled(std::string_view text)
      : rules_(parse_policy(text, "p.toml")), policy_(compile(arena_, rules_)) {}

  std::uint32_t answer(std::string_view region, int number,
                       const std::vector<std::uint64_t>& arguments = {}) const {
    ::seccomp_data call = call_at(0x1000, number);
    std::ranges::copy(arguments, call.args);
    return evaluate(filter(region), call);
  }

  seccomp::Filter filter(std::string_view region) const {
    for (const seccomp::RegionRules& each : policy_.regions) {
      if (each.selector == region) return each.filter;
    }
    ADD_FAILURE() << "no region " << region;
    return policy_.regions.back().filter;
  }

  const seccomp::Policy& policy() const { return policy_; }

 private:
  Arena arena_;
  Policy rules_;
  seccomp::Policy policy_;
};

TEST(SeccompFile, SaysWhatBecomesOfEachCall) {
  Compiled compiled(R"(
    [region.tool]
    kill = ["execve", "execveat"]
    log = "openat"
    trap = ["ptrace"]
    errno.EACCES = ["connect", "sendto"]
    errno.0 = "sync"

    [region."capsule:gl"]
    default = "errno.EPERM"
    allow = ["read"]
  )");
  EXPECT_EQ(compiled.answer("tool", SYS_execve), kKill);
  EXPECT_EQ(compiled.answer("tool", SYS_execveat), kKill);
  EXPECT_EQ(compiled.answer("tool", SYS_openat), SECCOMP_RET_LOG);
  EXPECT_EQ(compiled.answer("tool", SYS_ptrace), SECCOMP_RET_TRAP);
  EXPECT_EQ(compiled.answer("tool", SYS_connect), with_errno(EACCES));
  EXPECT_EQ(compiled.answer("tool", SYS_sendto), with_errno(EACCES));
  EXPECT_EQ(compiled.answer("tool", SYS_sync), with_errno(0));
  EXPECT_EQ(compiled.answer("tool", SYS_read), kAllow);
  EXPECT_EQ(compiled.answer("capsule:gl", SYS_read), kAllow);
  EXPECT_EQ(compiled.answer("capsule:gl", SYS_write), with_errno(EPERM));
  EXPECT_EQ(compiled.answer("default", SYS_execve), kAllow);
}

TEST(SeccompFile, RegionsKeepTheirOrderAndDefaultIsLast) {
  Compiled compiled(
      "[region.default]\nkill = \"ptrace\"\n[region.program]\n[region.\"capsule:b\"]\n"
      "[region.libc]\n[region.\"capsule:a\"]\n");
  std::vector<std::string_view> names;
  for (const auto& region : compiled.policy().regions) names.push_back(region.selector);
  EXPECT_EQ(names, (std::vector<std::string_view>{"program", "capsule:b", "libc", "capsule:a",
                                                  "default"}));
  EXPECT_EQ(compiled.answer("default", SYS_ptrace), kKill);
}

TEST(SeccompFile, OtherAbisAreKilledUnlessItSaysOtherwise) {
  EXPECT_EQ(Compiled("[region.tool]").policy().other_abi, kKill);
  EXPECT_EQ(Compiled("other-abi = \"errno.ENOSYS\"\n[region.tool]").policy().other_abi,
            with_errno(ENOSYS));
  EXPECT_EQ(Compiled("other-abi = \"allow\"\n[region.tool]").policy().other_abi, kAllow);
}

TEST(SeccompFile, ConditionsOnArgumentsMustAllHold) {
  Compiled compiled(R"(
    [region.tool]
    errno.EAFNOSUPPORT = [
      { call = "socket", arg0 = "== 2", arg1 = "& 0xf == 0x1" },
      { call = "socket", arg0 = ">= 0x100000000" },
    ]
  )");
  std::uint32_t refused = with_errno(EAFNOSUPPORT);
  EXPECT_EQ(compiled.answer("tool", SYS_socket, {2, 0x80001}), refused);
  EXPECT_EQ(compiled.answer("tool", SYS_socket, {2, 0x80002}), kAllow);
  EXPECT_EQ(compiled.answer("tool", SYS_socket, {1, 0x80001}), kAllow);
  EXPECT_EQ(compiled.answer("tool", SYS_socket, {0x100000000, 0}), refused);
  EXPECT_EQ(compiled.answer("tool", SYS_socket, {0xffffffff, 0}), kAllow);
}

TEST(SeccompFile, EachComparisonMeansWhatItSays) {
  struct Case {
    const char* text;
    std::vector<std::uint64_t> holds, holds_not;
  };
  const std::uint64_t big = 0x500000005;
  for (const Case& each :
       {Case{"== 0x500000005", {big}, {5, big - 1, big + (1ULL << 32)}},
        Case{"!= 0x500000005", {5, big - 1, big + (1ULL << 32)}, {big}},
        Case{"< 0x500000005", {0, 5, big - 1, 0x4ffffffff}, {big, big + 1, 0x600000000}},
        Case{"<= 0x500000005", {0, big, 0x4ffffffff}, {big + 1, 0x600000000}},
        Case{"> 0x500000005", {big + 1, 0x600000000, ~0ULL}, {0, big, 0x4ffffffff}},
        Case{">= 0x500000005", {big, 0x600000000}, {0, big - 1, 0x4ffffffff}},
        Case{"& 0x500000005 == 0x400000001", {0x400000001, 0xa000000f2 | 0x400000001}, {1, big}},
        Case{"&0xff==7", {7, 0xff07}, {8, 0xff}}}) {
    Compiled compiled("[region.tool]\nkill = { call = \"dup\", arg3 = \"" + std::string(each.text) +
                      "\" }");
    for (std::uint64_t value : each.holds) {
      EXPECT_EQ(compiled.answer("tool", SYS_dup, {0, 0, 0, value}), kKill) << each.text << value;
    }
    for (std::uint64_t value : each.holds_not) {
      EXPECT_EQ(compiled.answer("tool", SYS_dup, {0, 0, 0, value}), kAllow) << each.text << value;
    }
  }
}

TEST(SeccompFile, WhatIsNoComparisonIsRefused) {
  for (const char* text :
       {"", "1", "= 1", "== ", "== x", "== 0x", "== 1 2", "=== 1", "& 3", "& == 1", "== -1",
        "== 0x10000000000000000", "== 18446744073709551616"}) {
    EXPECT_FALSE(parse_condition(text)) << text;
  }
  EXPECT_EQ(parse_condition("  ==18446744073709551615 ")->value, ~0ULL);
}

// Random policies: the filter that libseccomp makes answers as a search through the rules does.
TEST(SeccompFile, FiltersAnswerAsTheRulesSay) {
  std::mt19937 random(4711);
  const std::vector<std::string>& names = system_call_names();
  ASSERT_GT(names.size(), 300U);
  for (int round = 0; round < 40; ++round) {
    std::size_t count = 1 + random() % (round % 4 == 0 ? 300 : 30);
    std::string text = "[region.tool]\n";
    std::vector<std::uint32_t> expected(2000, kAllow);
    const std::pair<const char*, std::uint32_t> actions[] = {{"kill", kKill},
                                                             {"log", SECCOMP_RET_LOG},
                                                             {"trap", SECCOMP_RET_TRAP},
                                                             {"errno.EPERM", with_errno(EPERM)},
                                                             {"errno.77", with_errno(77)}};
    std::vector<std::string> lists(std::size(actions));
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& name = names[random() % names.size()];
      int number = *system_call_number(name);
      if (expected[static_cast<std::size_t>(number)] != kAllow) continue;
      std::size_t action = random() % std::size(actions);
      expected[static_cast<std::size_t>(number)] = actions[action].second;
      lists[action] += "\"" + name + "\",";
    }
    for (std::size_t i = 0; i < lists.size(); ++i) {
      text += std::string(actions[i].first) + " = [" + lists[i] + "]\n";
    }
    Compiled compiled(text);
    for (int number = 0; number < 2000; ++number) {
      ASSERT_EQ(compiled.answer("tool", number), expected[static_cast<std::size_t>(number)])
          << system_call_name(number) << " in " << text;
    }
  }
}

TEST(SeccompFile, CompiledOneCanBeHandedOver) {
  Compiled compiled("[region.tool]\nkill = [\"execve\"]\n[region.default]\nlog = \"execve\"");
  Arena arena;
  Result<seccomp::Policy> policy =
      seccomp::decode(arena, seccomp::encode(arena, compiled.policy()));
  ASSERT_TRUE(policy);
  ASSERT_EQ(policy->regions.size(), 2U);
  EXPECT_EQ(evaluate(policy->regions[0].filter, call_at(0, SYS_execve)), kKill);
  EXPECT_EQ(evaluate(policy->regions[1].filter, call_at(0, SYS_execve)), SECCOMP_RET_LOG);
}

// From the file to the kernel.
TEST(SeccompFile, RulesHoldInTheKernel) {
  using namespace seccomp::testing;
  if (!kernel_takes_filters()) GTEST_SKIP() << kNoFilters;
  bulkhead::testing::Outcome outcome = bulkhead::testing::in_child([] {
    Compiled compiled(R"(
      [region.tool]
      errno.EACCES = [{ call = "dup", arg0 = "== 0xfffffff0" }, "sync"]
      log = "getppid"
      [region."capsule:strict"]
      default = "errno.EPERM"
      allow = ["getppid"]
      [region.default]
      errno.ENOSYS = "sync"
    )");
    Arena arena;
    Result<seccomp::Policy> policy =
        seccomp::decode(arena, seccomp::encode(arena, compiled.policy()));
    claim(policy.has_value(), "not handed over");
    Pages tool(kInside), strict(kInside), other(kInside);
    const seccomp::Range ranges[] = {tool.first_page(), strict.first_page()};
    const seccomp::Region regions[] = {
        {policy->regions[0].selector, policy->regions[0].filter, {&ranges[0], 1}},
        {policy->regions[1].selector, policy->regions[1].filter, {&ranges[1], 1}}};
    Result<seccomp::Filter> filter =
        seccomp::compose(arena, regions, policy->regions.back().filter, policy->other_abi);
    claim(filter && seccomp::install(arena, *filter), "not installed");
    claim(tool.call(SYS_sync) == -EACCES, "tool: sync");
    claim(tool.call(SYS_dup, 0xfffffff0) == -EACCES, "tool: dup with that argument");
    claim(tool.call(SYS_dup, 0xffffffe0) == -EBADF, "tool: dup with another argument");
    claim(tool.call(SYS_getppid) == ::getppid(), "tool: getppid");
    claim(strict.call(SYS_getppid) == ::getppid(), "strict: getppid");
    claim(strict.call(SYS_getpid) == -EPERM, "strict: getpid");
    claim(other.call(SYS_sync) == -ENOSYS, "default: sync");
    claim(other.call(SYS_dup, 0xfffffff0) == -EBADF, "default: dup");
  });
  EXPECT_EQ(outcome.exit_code, 0) << "signal " << outcome.signal << "; " << outcome.err;
}

TEST(SeccompFile, MistakesAreNamedByLineAndColumn) {
  EXPECT_EQ(fault_of("[region.tool]\nkil = [\"execve\"]"),
            "p.toml:2:1: \"kil\" is not a key of a region; did you mean \"kill\"?");
  EXPECT_EQ(fault_of("[regions.tool]"),
            "p.toml:1:2: \"regions\" is not a key of this file; did you mean \"region\"?");
  EXPECT_EQ(fault_of("[region.tools]"),
            "p.toml:1:9: \"tools\" is not a region; did you mean \"tool\"?");
  EXPECT_EQ(fault_of("[region.\"libz.so.1\"]"),
            "p.toml:1:9: \"libz.so.1\" is not a region; did you mean \"library:libz.so.1\"?");
  for (std::string name : {"libc.so.6", "library:libc.so.6"}) {
    EXPECT_EQ(fault_of("[region.\"" + name + "\"]"),
              "p.toml:1:9: \"" + name + "\" is not a region; did you mean \"libc\"?");
  }
  EXPECT_EQ(fault_of("[region.\"capsule:\"]").find("p.toml:1:9: \"capsule:\" is not a region; "),
            0U);
  EXPECT_EQ(fault_of(""),
            "p.toml:1:1: there is no region in it; add a table such as [region.tool], with rules");
  EXPECT_EQ(fault_of("region = 1"),
            "p.toml:1:10: region is a number; it must be a table of tables, as [region.tool]");
  EXPECT_EQ(fault_of("[region]\ntool = \"allow\""),
            "p.toml:2:8: tool is a string; it must be a table with rules");
  EXPECT_EQ(fault_of("[region.tool]\ndefault = \"deny\"")
                .find("p.toml:2:11: default is \"deny\", which is no action; "),
            0U);
  EXPECT_EQ(fault_of("[region.tool]\ndefault = 1"),
            "p.toml:2:11: default is a number; it must be an action, as \"allow\" or "
            "\"errno.EPERM\"");
  EXPECT_EQ(fault_of("other-abi = \"errno.EPREM\"\n[region.tool]"),
            "p.toml:1:13: \"EPREM\" is no errno; did you mean \"EPERM\"?");
  EXPECT_EQ(fault_of("[region.tool").find("p.toml:1:"), 0U);
}

TEST(SeccompFile, UnknownSystemCallsAreNamedWithTheNearest) {
  EXPECT_EQ(fault_of("[region.tool]\nkill = [\"read\",\n  \"exceve\"]"),
            "p.toml:3:3: \"exceve\" is not a system call that is known; did you mean \"execve\"?");
  EXPECT_EQ(fault_of("[region.tool]\nkill = \"socketcall\""),
            "p.toml:2:8: \"socketcall\" is a system call of other machines; this one has none of "
            "that name");
  EXPECT_EQ(fault_of("[region.tool]\nkill = [59]"),
            "p.toml:2:9: kill is a number; it must be the name of a system call, or an array of "
            "such");
  EXPECT_EQ(fault_of("[region.tool]\nkill = { arg0 = \"== 1\" }"),
            "p.toml:2:8: kill has a table without call; write for instance { call = \"socket\", "
            "arg0 = \"== 1\" }");
  EXPECT_EQ(fault_of("[region.tool]\nkill = { call = \"dup\", arg6 = \"== 1\" }")
                .find("p.toml:2:24: \"arg6\" is not a key of a system call; did you mean \"arg"),
            0U);
  EXPECT_EQ(fault_of("[region.tool]\nkill = { call = \"dup\", arg0 = \"= 1\" }")
                .find("p.toml:2:31: arg0 is \"= 1\", which is no comparison; "),
            0U);
  EXPECT_EQ(
      fault_of("[region.tool]\nkill = { call = \"dup\", arg0 = \"& 3 == 4\" }"),
      "p.toml:2:31: arg0 is \"& 3 == 4\", which never holds: the mask lacks bits of the value");
}

TEST(SeccompFile, ErrnoIsATableOfNames) {
  EXPECT_EQ(fault_of("[region.tool]\nerrno = [\"read\"]"),
            "p.toml:2:9: errno is an array; it must be a table, as errno.EACCES = [\"connect\"]");
  EXPECT_EQ(fault_of("[region.tool]\nerrno.EACESS = [\"read\"]"),
            "p.toml:2:7: \"EACESS\" is no errno; did you mean \"EACCES\"?");
  EXPECT_EQ(
      fault_of("[region.tool]\nerrno.4095 = [\"read\"]").find("p.toml:2:7: \"4095\" is no errno"),
      0U);
  EXPECT_EQ(Compiled("[region.tool]\nerrno.4094 = \"read\"").answer("tool", SYS_read),
            with_errno(4094));
  EXPECT_EQ(Compiled("[region.tool]\nerrno.EWOULDBLOCK = \"read\"").answer("tool", SYS_read),
            with_errno(EAGAIN));
}

TEST(SeccompFile, RulesThatContradictEachOtherAreNamedWithBothPlaces) {
  EXPECT_EQ(fault_of("[region.tool]\nkill = [\"execve\"]\nerrno.EACCES = [\"execve\"]"),
            "p.toml:3:17: execve is in errno.EACCES, and in kill at p.toml:2:9; keep one of them");
  EXPECT_EQ(fault_of("[region.tool]\nkill = [\"dup\", { call = \"dup\", arg0 = \"== 1\" }]"),
            "p.toml:2:16: dup is in kill, and in kill at p.toml:2:9; keep one of them");
  EXPECT_EQ(fault_of("[region.tool]\nkill = { call = \"dup\", arg0 = \"== 1\" }\n"
                     "log = { call = \"dup\", arg0 = \"== 2\" }"),
            "p.toml:3:7: dup is in log, and in kill at p.toml:2:8; keep one of them");
}

TEST(SeccompFile, RuleThatIsTheDefaultAnywayIsRefused) {
  EXPECT_EQ(fault_of("[region.tool]\nallow = [\"read\"]"),
            "p.toml:2:10: read is in allow, which is the default of the region tool anyway; remove "
            "it, or set another default, such as default = \"errno.EPERM\"");
}

TEST(SeccompListing, NamesCallsAndLabelsTargets) {
  Compiled compiled("[region.tool]\nkill = [{ call = \"execve\", arg1 = \"== 0\" }]");
  std::string text;
  for (const std::string& line : disassemble(compiled.filter("tool"))) text += line + "\n";
  EXPECT_NE(text.find("      if arch != this machine's: L"), std::string::npos) << text;
  EXPECT_NE(text.find("      if nr != execve: L"), std::string::npos) << text;
  EXPECT_NE(text.find("      load arg1.high\n      if arg1.high != 0x0: L"), std::string::npos)
      << text;
  EXPECT_NE(text.find("return kill\n"), std::string::npos) << text;
  EXPECT_NE(text.find("L11:  return allow\n"), std::string::npos) << text;
}

TEST(SeccompListing, HasAWordForEachInstruction) {
  using namespace seccomp::testing;
  seccomp::testing::Code code = {look_at(8),
                                 operation(BPF_ALU | BPF_AND | BPF_K, 0xf0),
                                 operation(BPF_JMP | BPF_JSET | BPF_K, 0x10, 0, 2),
                                 operation(BPF_JMP | BPF_JGT | BPF_K, 1, 1, 2),
                                 operation(BPF_JMP | BPF_JA, 1),
                                 operation(BPF_LD | BPF_IMM, 7),
                                 operation(BPF_RET | BPF_A, 0),
                                 give(0x7ff00001)};
  ASSERT_TRUE(seccomp::check(code));
  EXPECT_EQ(disassemble(code), (std::vector<std::string>{
                                   "      load ip.low", "      compute (ip.low & 0xf0)",
                                   "      if ((ip.low & 0xf0) & 0x10) == 0: L5",
                                   "      if (ip.low & 0xf0) > 0x1: L5, else L6", "      go to L6",
                                   "L5:   load 0x7", "L6:   return A", "      return 0x7ff00001"}));
}

}  // namespace
}  // namespace bulkhead::rules
