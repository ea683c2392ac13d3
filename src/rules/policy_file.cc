#include "rules/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>

#include "base/fd.h"
#include "elf/glibc.h"
#include "rules/condition.h"
#include "rules/names.h"
#include "seccomp/selector.h"
#include "settings/toml_reader.h"

namespace bulkhead::rules {
namespace {

using Words = settings::TomlReader::Words;

constexpr std::string_view kElsewhere = "default";
constexpr std::string_view kErrno = "errno";
// Which libraries are told apart from the others in any case.
constexpr std::string_view kLibcAsLibrary = "library:libc.so.6";

// Also the order in which messages list them.
const Words kFileKeys = {"region", "other-abi"};
const Words kRegionKeys = {"default", "allow", "log", "trap", "errno", "kill"};
const Words kCallKeys = {"call", "arg0", "arg1", "arg2", "arg3", "arg4", "arg5"};
const Words kRegionNames = {"tool",    "libc",         "program",
                            "default", "capsule:NAME", "library:PATTERN"};

struct Action {
  const char* name;
  std::uint32_t answer;
};
constexpr Action kActions[] = {{"allow", SECCOMP_RET_ALLOW},
                               {"log", SECCOMP_RET_LOG},
                               {"trap", SECCOMP_RET_TRAP},
                               {"kill", SECCOMP_RET_KILL_PROCESS}};

// A filter has room for 32,768 instructions, and libseccomp takes the longer for a rule the more
// there are.
constexpr std::size_t kMaxRules = 4096;

class Reader : settings::TomlReader {
 public:
  using settings::TomlReader::TomlReader;

  Policy read(std::string_view text) const {
    const toml::table file = parse(text);
    refuse_other_keys(file, kFileKeys, "a key of this file");
    Policy policy;
    policy.other_abi = action_in(file, "other-abi", SECCOMP_RET_KILL_PROCESS);
    const toml::node* regions = file.get("region");
    if (regions != nullptr && !regions->is_table()) {
      wrong_type("region", *regions, "a table of tables, as [region.tool]");
    }
    if (regions == nullptr || regions->as_table()->empty()) {
      fail_at(place(file),
              "there is no region in it; add a table such as [region.tool], with rules");
    }
    Region elsewhere{.selector = std::string(kElsewhere),
                     .place = place(*regions),
                     .otherwise = SECCOMP_RET_ALLOW,
                     .rules = {}};
    for (const auto& [key, node] : in_order(*regions->as_table())) {
      Region read = region(*key, *node);
      if (read.selector == kElsewhere) {
        elsewhere = std::move(read);
      } else {
        policy.regions.push_back(std::move(read));
      }
    }
    policy.regions.push_back(std::move(elsewhere));
    return policy;
  }

 private:
  Region region(const toml::key& key, const toml::node& node) const {
    std::string name(key.str());
    if (!seccomp::Selector::parse(name) || name == kLibcAsLibrary) refuse_name(key, name);
    if (!node.is_table()) wrong_type(name, node, "a table with rules");
    const toml::table& table = *node.as_table();
    refuse_other_keys(table, kRegionKeys, "a key of a region");
    Region region{.selector = name,
                  .place = place(key),
                  .otherwise = action_in(table, "default", SECCOMP_RET_ALLOW),
                  .rules = {}};
    for (const auto& [action_key, value] : in_order(table)) {
      std::string action(action_key->str());
      if (action == "default") continue;
      if (action == kErrno) {
        add_errnos(region, *value);
        continue;
      }
      for (const Action& each : kActions) {
        if (action == each.name) add_rules(region, action, each.answer, *value);
      }
    }
    return region;
  }

  [[noreturn]] void refuse_name(const toml::key& key, const std::string& name) const {
    // "libz.so.1" or "gl": the kind is what is missing.
    std::string advice_text;
    if (name == kLibcAsLibrary || name == elf::kLibc) {
      advice_text = "did you mean \"libc\"?";
    } else if (name.find(".so") != std::string::npos) {
      advice_text = "did you mean \"library:" + name + "\"?";
    } else {
      advice_text = advice(name, kRegionNames);
    }
    fail_at(place(key), "\"" + name + "\" is not a region; " + advice_text);
  }

  void add_errnos(Region& region, const toml::node& node) const {
    if (!node.is_table()) {
      wrong_type(kErrno, node, "a table, as errno.EACCES = [\"connect\"]");
    }
    for (const auto& [key, value] : in_order(*node.as_table())) {
      std::string name(key->str());
      add_rules(region, "errno." + name, errno_answer(name, place(*key)), *value);
    }
  }

  std::uint32_t errno_answer(const std::string& name, const std::string& where) const {
    if (std::optional<int> value = errno_value(name)) {
      return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(*value);
    }
    Words near = suggest::near_words(name, errno_names());
    fail_at(where, "\"" + name + "\" is no errno; " +
                       (near.empty() ? "write a name such as EACCES, or a number from 0 to 4094"
                                     : "did you mean \"" + near.front() + "\"?"));
  }

  // "kill", "errno.EPERM"
  std::uint32_t action_in(const toml::table& table, std::string_view key,
                          std::uint32_t absent) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) return absent;
    if (!node->is_string()) {
      wrong_type(key, *node, "an action, as \"allow\" or \"errno.EPERM\"");
    }
    const std::string& text = node->as_string()->get();
    Words known;
    for (const Action& each : kActions) {
      if (text == each.name) return each.answer;
      known.emplace_back(each.name);
    }
    if (text.starts_with("errno.")) return errno_answer(text.substr(6), place(*node));
    known.emplace_back("errno.NAME");
    fail_at(place(*node),
            std::string(key) + " is \"" + text + "\", which is no action; " + advice(text, known));
  }

  // An array of system calls, or one.
  void add_rules(Region& region, const std::string& key, std::uint32_t answer,
                 const toml::node& node) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      add_rule(region, key, answer, node);
      return;
    }
    for (const toml::node& item : *array) add_rule(region, key, answer, item);
  }

  void add_rule(Region& region, const std::string& key, std::uint32_t answer,
                const toml::node& node) const {
    Rule rule{.number = 0, .call = {}, .place = place(node), .answer = answer, .conditions = {}};
    const toml::node* name = &node;
    if (const toml::table* table = node.as_table()) {
      refuse_other_keys(*table, kCallKeys, "a key of a system call");
      name = table->get("call");
      if (name == nullptr) {
        fail_at(rule.place, key +
                                " has a table without call; write for instance { call = "
                                "\"socket\", arg0 = \"== 1\" }");
      }
      if (!name->is_string()) wrong_type("call", *name, "the name of a system call");
      rule.conditions = conditions(*table);
    }
    if (!name->is_string()) {
      wrong_type(key, node, "the name of a system call, or an array of such");
    }
    rule.call = name->as_string()->get();
    rule.number = number_of(rule.call, place(*name));
    if (region.rules.size() == kMaxRules) {
      fail_at(rule.place, "the region " + region.selector + " has more than " +
                              std::to_string(kMaxRules) + " rules; leave some to its default");
    }
    check_against(region, key, rule);
    region.rules.push_back(std::move(rule));
  }

  std::vector<Condition> conditions(const toml::table& table) const {
    std::vector<Condition> list;
    for (unsigned i = 0; i + 1 < kCallKeys.size(); ++i) {
      const std::string& key = kCallKeys[i + 1];
      const toml::node* node = table.get(key);
      if (node == nullptr) continue;
      if (!node->is_string()) wrong_type(key, *node, "a comparison, as \"== 1\"");
      std::optional<Condition> condition = parse_condition(node->as_string()->get());
      if (!condition) {
        fail_at(place(*node), key + " is \"" + node->as_string()->get() +
                                  "\", which is no comparison; write for instance \"== 1\", "
                                  "\">= 0x1000\" or \"& 0x3 == 0x1\"");
      }
      if ((condition->value & ~condition->mask) != 0) {
        fail_at(place(*node), key + " is \"" + node->as_string()->get() +
                                  "\", which never holds: the mask lacks bits of the value");
      }
      condition->argument = i;
      list.push_back(*condition);
    }
    return list;
  }

  int number_of(const std::string& call, const std::string& where) const {
    if (std::optional<int> number = system_call_number(call)) return *number;
    if (is_foreign_system_call(call)) {
      fail_at(where, "\"" + call +
                         "\" is a system call of other machines; this one has none of "
                         "that name");
    }
    Words near = suggest::near_words(call, system_call_names());
    fail_at(where, "\"" + call + "\" is not a system call that is known; " +
                       (near.empty() ? "see syscalls(2) for their names"
                                     : "did you mean \"" + near.front() + "\"?"));
  }

  // Rules that do nothing, or between which nobody could choose.
  void check_against(const Region& region, const std::string& key, const Rule& rule) const {
    if (rule.answer == region.otherwise) {
      fail_at(rule.place, rule.call + " is in " + key + ", which is the default of the region " +
                              region.selector +
                              " anyway; remove it, or set another default, such as default = "
                              "\"errno.EPERM\"");
    }
    for (const Rule& other : region.rules) {
      if (other.number != rule.number) continue;
      bool differs_by_condition = !rule.conditions.empty() && !other.conditions.empty();
      if (other.answer == rule.answer && differs_by_condition) continue;
      fail_at(rule.place, rule.call + " is in " + key + ", and in " + answer_name(other.answer) +
                              " at " + other.place + "; keep one of them");
    }
  }
};

}  // namespace

Policy parse_policy(std::string_view text, const std::string& file) {
  return Reader(file).read(text);
}

Policy read_policy(const std::string& file) {
  // A FIFO is no file to be waited for, but an error.
  Fd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    throw messages::Failure(file + ": cannot be read: " + ::strerror(errno) +
                            "; check the path after --seccomp");
  }
  Arena arena;
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) throw messages::Failure(file + ": " + std::string(render(arena, mapping.error())));
  return parse_policy(mapping->text(), file);
}

}  // namespace bulkhead::rules
