#include "settings/config.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "base/fd.h"
#include "base/text.h"
#include "copies/prefer.h"
#include "messages/failure.h"
#include "plan/rules_of_thumb.h"
#include "plan/wishes.h"
#include "settings/path_wishes.h"
#include "settings/profiles.h"
#include "settings/toml_reader.h"
#include "survey/options.h"

namespace bulkhead::settings {

using messages::Failure;
using messages::kFailed;

namespace {

using Words = TomlReader::Words;

// Also the order in which messages list them.
const Words kFileKeys = {"capsule", "program", "on-failure", "inherit"};
const Words kCapsuleKeys = {"tree",   "expose", "profile",      "share",  "private",    "map",
                            "strict", "permit", "library-path", "plugin", "on-failure", "prefer"};
const Words kProgramKeys = {"capsules", "capsule", "on-failure", "inherit"};
const Words kOnFailure = {"stop", "native"};

class Reader : TomlReader {
 public:
  Reader(const std::string& file, const ConfigFor& purpose)
      : TomlReader(file),
        file_(file),
        may_expose_nothing_(purpose.may_expose_nothing),
        library_directory_(purpose.library_directory) {}

  Config read(std::string_view text) {
    const toml::table file = parse(text);
    refuse_other_keys(file, kFileKeys, "a key of this file");
    Config config;
    config.on_failure = on_failure_in(file);
    config.inherit = flag_in(file, "inherit");
    config.capsules = capsules_in(file);
    for (const CapsuleSection& capsule : config.capsules) {
      if (!capsule.tree) {
        throw Failure(capsule.name.place + ": the capsule " + capsule.name.text +
                      " has no tree; add a line such as: tree = \"/run/host\"");
      }
      bool exposes =
          !capsule.expose.empty() || !capsule.profiles.empty() || !capsule.plugins.empty();
      if (!exposes && !may_expose_nothing_ && !config_has_changes(file)) {
        throw Failure(capsule.name.place + ": the capsule " + capsule.name.text +
                      " exposes nothing; add a line such as: expose = [\"libz.so.1\"]");
      }
      check_contradictions(capsule);
    }
    for (const auto& [key, node] : items_in(file, "program")) {
      config.programs.push_back(program(*key, *node, config.capsules));
    }
    if (config.capsules.empty() && config.programs.empty()) {
      throw Failure(file_ + ":1:1: there is no capsule in it; add a table such as [capsule.host]");
    }
    return config;
  }

 private:
  // Of a table in the table, in the file's order.
  std::vector<Item> items_in(const toml::table& table, std::string_view name) const {
    auto [key, node] = item_in(table, name);
    if (node == nullptr) return {};
    if (!node->is_table()) {
      wrong_type(key->str(), *node,
                 name == "program" ? "a table of tables, as [program.\"glxinfo\"]"
                                   : "a table of tables, as [capsule.host]");
    }
    return in_order(*node->as_table());
  }

  std::optional<Placed> on_failure_in(const toml::table& table) const {
    std::optional<Placed> value = text_in(table, "on-failure");
    if (value && std::ranges::find(kOnFailure, value->text) == kOnFailure.end()) {
      throw Failure(value->place + ": on-failure is \"" + value->text +
                    "\"; it must be \"stop\" or \"native\"");
    }
    return value;
  }

  void check_profiles(const std::vector<Placed>& names) const {
    if (names.empty()) return;
    for (const Placed& name : names) {
      const std::string wrong = no_such_profile(name.text, library_directory_);
      if (!wrong.empty()) throw Failure(name.place + ": " + wrong);
    }
  }

  void check_maps(const std::vector<Placed>& maps) const {
    for (const Placed& map : maps) {
      std::size_t end = map.text.find('=');
      bool absolute =
          map.text.starts_with('/') &&
          (end == std::string::npos || map.text[std::min(end + 1, map.text.size() - 1)] == '/');
      if (absolute) continue;
      throw Failure(map.place + ": \"" + map.text +
                    "\" is not FROM or FROM=TO with absolute paths; write for instance "
                    "map = [\"/usr/share/foo\"]");
    }
  }

  static void check_plugins(const std::vector<Placed>& patterns) {
    for (const Placed& pattern : patterns) {
      if (is_path_pattern(pattern.text)) continue;
      throw Failure(pattern.place + ": \"" + pattern.text + "\" " + kNoPathPattern);
    }
  }

  static void check_library_path(const std::vector<Placed>& directories) {
    for (const Placed& directory : directories) {
      if (is_searchable(directory.text)) continue;
      throw Failure(directory.place + ": \"" + directory.text + "\" " + kNotSearchable);
    }
  }

  static void check_preferences(const std::vector<Placed>& preferences) {
    for (const Placed& each : preferences) {
      const std::string fault = fault_in_preference(each.text);
      if (!fault.empty()) throw Failure(each.place + ": \"" + each.text + "\" " + fault);
    }
  }

  CapsuleSection capsule(const toml::key& key, const toml::node& node) const {
    if (!node.is_table()) wrong_type(key.str(), node, "a table, with a tree in it");
    const toml::table& table = *node.as_table();
    refuse_other_keys(table, kCapsuleKeys, "a key of a capsule");
    CapsuleSection section;
    section.name = {std::string(key.str()), place(key)};
    section.tree = text_in(table, "tree");
    section.on_failure = on_failure_in(table);
    section.expose = list_in(table, "expose");
    section.profiles = list_in(table, "profile");
    section.share = list_in(table, "share");
    section.keep_private = list_in(table, "private");
    section.map = list_in(table, "map");
    section.strict = flag_in(table, "strict");
    section.permit = list_in(table, "permit");
    section.library_path = list_in(table, "library-path");
    check_profiles(section.profiles);
    section.plugins = list_in(table, "plugin");
    check_plugins(section.plugins);
    check_maps(section.map);
    check_library_path(section.library_path);
    section.prefer = list_in(table, "prefer");
    check_preferences(section.prefer);
    return section;
  }

  std::vector<CapsuleSection> capsules_in(const toml::table& table) const {
    std::vector<CapsuleSection> sections;
    for (const auto& [key, node] : items_in(table, "capsule")) {
      sections.push_back(capsule(*key, *node));
    }
    return sections;
  }

  ProgramSection program(const toml::key& key, const toml::node& node,
                         const std::vector<CapsuleSection>& capsules) const {
    if (!node.is_table()) wrong_type(key.str(), node, "a table");
    const toml::table& table = *node.as_table();
    refuse_other_keys(table, kProgramKeys, "a key of a program");
    ProgramSection section;
    section.pattern = {std::string(key.str()), place(key)};
    section.on_failure = on_failure_in(table);
    section.inherit = flag_in(table, "inherit");
    section.changes = capsules_in(table);
    Words known;
    for (const CapsuleSection& each : capsules) known.push_back(each.name.text);
    for (const CapsuleSection& each : section.changes) {
      if (std::ranges::find(known, each.name.text) != known.end()) continue;
      if (!each.tree) {
        throw Failure(each.name.place + ": there is no capsule \"" + each.name.text +
                      "\" to change, and this one has no tree; " + advice(each.name.text, known));
      }
      known.push_back(each.name.text);
    }
    if (item_in(table, "capsules").second != nullptr) {
      section.capsules = list_in(table, "capsules");
      for (const Placed& name : *section.capsules) {
        if (std::ranges::find(known, name.text) != known.end()) continue;
        throw Failure(name.place + ": there is no capsule \"" + name.text + "\"; " +
                      advice(name.text, known));
      }
    }
    return section;
  }

  // What a capsule exposes may be said for each program.
  static bool config_has_changes(const toml::table& file) { return file.contains("program"); }

  const std::string& file_;
  bool may_expose_nothing_;
  std::string library_directory_;
};

}  // namespace

std::string fault_in_preference(std::string_view text) {
  const copies::Preference preference = copies::Preference::of(text);
  const bool has_side =
      preference.side == "tree" || preference.side == "base" || preference.side == "newer";
  if (!has_side || text.starts_with('=')) {
    return "is none of tree, base and newer, or NAME=tree and so on, where NAME is a library "
           "(libX11.so.6) or a profile";
  }
  if (!plan::is_always_shared(preference.name)) return {};
  return "names a library of which there is one in a process, the program's";
}

Config parse_config(std::string_view text, const std::string& file, const ConfigFor& purpose) {
  return Reader(file, purpose).read(text);
}

Config read_config(const std::string& file, const ConfigFor& purpose) {
  Fd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    throw Failure(file + ": cannot be read: " + ::strerror(errno) + "; check the path", kFailed,
                  Fault::system);
  }
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) {
    Arena arena;
    throw Failure(file + ": " + std::string(render(arena, mapping.error())));
  }
  return parse_config(mapping->text(), file, purpose);
}

namespace {

std::vector<std::string_view> names_in(const std::vector<Placed>& values) {
  std::vector<std::string_view> names;
  for (const Placed& value : values) names.push_back(value.text);
  return names;
}

const char* key_of(plan::Wish wish) {
  switch (wish) {
    case plan::Wish::expose: return "expose";
    case plan::Wish::share: return "share";
    case plan::Wish::keep_private: return "private";
  }
  return "";
}

const std::string& place_of(const CapsuleSection& capsule, plan::Wish wish, std::string_view name) {
  const std::vector<Placed>& values = wish == plan::Wish::expose  ? capsule.expose
                                      : wish == plan::Wish::share ? capsule.share
                                                                  : capsule.keep_private;
  return std::ranges::find(values, name, &Placed::text)->place;
}

}  // namespace

void check_contradictions(const CapsuleSection& capsule) {
  std::vector<std::string_view> expose = names_in(capsule.expose);
  std::vector<std::string_view> share = names_in(capsule.share);
  std::vector<std::string_view> keep_private = names_in(capsule.keep_private);
  auto found = plan::find_contradiction({expose, share, keep_private});
  // The plan says the others.
  if (!found || found->kind != plan::Contradiction::Kind::two_wishes) return;
  throw Failure(place_of(capsule, found->other, found->name) + ": " + std::string(found->name) +
                " is in " + key_of(found->other) + ", and in " + key_of(found->wish) + " at " +
                place_of(capsule, found->wish, found->name) + "; keep one of them");
}

bool is_for_program(const ProgramSection& section, const std::string& path) {
  const std::string& pattern = section.pattern.text;
  if (pattern.find('/') == std::string::npos) {
    return ::fnmatch(pattern.c_str(), std::string(file_name_of(path)).c_str(), 0) == 0;
  }
  char resolved[PATH_MAX];
  if (::fnmatch(pattern.c_str(), path.c_str(), 0) == 0) return true;
  return ::realpath(path.c_str(), resolved) != nullptr &&
         ::fnmatch(pattern.c_str(), resolved, 0) == 0;
}

}  // namespace bulkhead::settings
