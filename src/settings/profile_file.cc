#include "settings/profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <algorithm>

#include "base/fd.h"
#include "messages/failure.h"
#include "plan/rules_of_thumb.h"
#include "settings/toml_reader.h"

namespace bulkhead::settings {
namespace {

using messages::Failure;
using Words = TomlReader::Words;

// Also the order in which messages list them.
const Words kKeys = {"description",    "choose",      "expose",       "family", "boundary",
                     "private",        "plugins",     "plugin-lists", "map",    "joined",
                     "path-variables", "environment", "packages"};

std::vector<std::string> texts(const std::vector<Placed>& values) {
  std::vector<std::string> all;
  for (const Placed& value : values) all.push_back(value.text);
  return all;
}

class Reader : TomlReader {
 public:
  explicit Reader(const std::string& file) : TomlReader(file), file_(file) {}

  ProfileFile read(std::string_view text) const {
    const toml::table file = parse(text);
    refuse_other_keys(file, kKeys, "a key of a profile");
    ProfileFile profile;
    if (auto about = text_in(file, "description")) profile.description = about->text;
    profile.choose = flag_in(file, "choose").value_or(false);
    const std::vector<Placed> expose = libraries_in(file, "expose");
    if (expose.empty()) {
      throw Failure(file_ +
                    ":1:1: the profile exposes nothing; add a line such as: "
                    "expose = [\"libz.so.1\"]");
    }
    const std::vector<Placed> family = libraries_in(file, "family");
    for (const Placed& each : family) {
      if (holds(expose, each.text)) continue;
      throw Failure(each.place + ": " + each.text +
                    " is in family and not in expose; add it there");
    }
    for (const char* key : {"boundary", "private"}) {
      for (const Placed& each : libraries_in(file, key)) {
        if (!holds(expose, each.text)) continue;
        throw Failure(each.place + ": " + each.text + " is in " + key +
                      " and in expose; keep one of them");
      }
    }
    profile.expose = texts(expose);
    profile.family = texts(family);
    profile.boundary = texts(libraries_in(file, "boundary"));
    profile.keep_private = texts(libraries_in(file, "private"));
    profile.plugins = texts(patterns_in(file, "plugins", Bare::library));
    profile.plugin_lists = texts(patterns_in(file, "plugin-lists", Bare::refused));
    profile.map = texts(patterns_in(file, "map", Bare::refused));
    profile.joined = texts(patterns_in(file, "joined", Bare::refused));
    for (const Placed& each : list_in(file, "path-variables")) {
      refuse_variable(each.text, each.place);
      profile.path_variables.push_back(each.text);
    }
    profile.environment = environment_in(file);
    profile.packages = packages_in(file);
    return profile;
  }

 private:
  enum class Bare : bool { refused, library };

  static bool holds(const std::vector<Placed>& values, const std::string& text) {
    return std::ranges::any_of(values, [&](const Placed& value) { return value.text == text; });
  }

  std::vector<Placed> libraries_in(const toml::table& table, std::string_view key) const {
    std::vector<Placed> names = list_in(table, key);
    for (const Placed& name : names) {
      if (name.text.find('/') != std::string::npos) {
        throw Failure(name.place + ": \"" + name.text +
                      "\" is a path; write the library's SONAME, such as libz.so.1");
      }
      if (plan::is_always_shared(name.text)) {
        throw Failure(name.place + ": " + name.text +
                      " is always this system's; leave it out of the profile");
      }
    }
    return names;
  }

  // Absolute paths in which one `*` may stand, in the last part.
  std::vector<Placed> patterns_in(const toml::table& table, std::string_view key, Bare bare) const {
    std::vector<Placed> patterns = list_in(table, key);
    for (const Placed& pattern : patterns) {
      const std::string& text = pattern.text;
      const std::size_t slash = text.rfind('/');
      if (slash == std::string::npos && bare == Bare::library) continue;
      const std::size_t star = text.find('*');
      const bool one = star == std::string::npos ||
                       (star > slash && text.find('*', star + 1) == std::string::npos);
      if (text.starts_with('/') && one && text.find('=') == std::string::npos) continue;
      throw Failure(pattern.place + ": \"" + text + "\" is not an absolute path " +
                    (bare == Bare::library ? "or a SONAME " : "") +
                    "with at most one * in its last part; write for instance " +
                    "/usr/$LIB/dri/*_dri.so");
    }
    return patterns;
  }

  const toml::table* table_in(const toml::table& table, std::string_view name,
                              const char* expected) const {
    auto [key, node] = item_in(table, name);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) wrong_type(key->str(), *node, expected);
    return node->as_table();
  }

  static void refuse_variable(const std::string& name, const std::string& place) {
    if (!name.empty() && name.find_first_of("= \t\n") == std::string::npos &&
        !name.starts_with("LD_")) {
      return;
    }
    throw Failure(place + ": \"" + name + "\" cannot be set by a profile");
  }

  std::map<std::string, std::string> environment_in(const toml::table& file) const {
    std::map<std::string, std::string> variables;
    const toml::table* table = table_in(file, "environment", "a table of variables");
    if (table == nullptr) return variables;
    for (const auto& [key, node] : in_order(*table)) {
      std::string name(key->str());
      refuse_variable(name, place(*key));
      if (!node->is_string()) wrong_type(name, *node, "a string");
      variables[name] = node->as_string()->get();
      if (variables[name].find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
        fail_at(place(*node), name + " has a line break or a NUL character in it");
      }
    }
    return variables;
  }

  std::map<std::string, std::vector<std::string>> packages_in(const toml::table& file) const {
    std::map<std::string, std::vector<std::string>> packages;
    const toml::table* table = table_in(file, "packages", "a table, as [packages]");
    if (table == nullptr) return packages;
    for (const auto& [key, node] : in_order(*table)) {
      const std::string system(key->str());
      if (const toml::table* releases = node->as_table()) {
        for (const auto& [release, names] : in_order(*releases)) {
          packages[system + "." + std::string(release->str())] =
              texts(list_in(*releases, release->str()));
        }
      } else {
        packages[system] = texts(list_in(*table, key->str()));
      }
    }
    return packages;
  }

  std::string file_;
};

}  // namespace

std::vector<std::string> packages_for(const ProfileFile& profile, const std::string& system,
                                      const std::string& release) {
  for (const std::string& key : {system + "." + release, system + ".default", system}) {
    auto packages = profile.packages.find(key);
    if (packages != profile.packages.end()) return packages->second;
  }
  return {};
}

ProfileFile parse_profile(std::string_view text, const std::string& name, const std::string& path) {
  ProfileFile profile = Reader(path).read(text);
  profile.name = name;
  profile.path = path;
  return profile;
}

ProfileFile read_profile(const std::string& name, const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    throw Failure(path + ": cannot be read: " + ::strerror(errno), messages::kFailed,
                  Fault::system);
  }
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) {
    Arena arena;
    throw Failure(path + ": " + std::string(render(arena, mapping.error())));
  }
  return parse_profile(mapping->text(), name, path);
}

}  // namespace bulkhead::settings
