#include "settings/capsules.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "copies/prefer.h"
#include "messages/failure.h"
#include "settings/config.h"
#include "settings/profiles.h"
#include "suggest/near.h"
#include "trusted/named_trees.h"

namespace bulkhead::settings {

using messages::Failure;
using messages::kFailed;
using messages::Warning;
using programs::Program;
using suggest::near_words;
using survey::Options;
using survey::Survey;

namespace {

// A relative path counts from the file's directory, so that the file means the same from
// everywhere.
std::string path_in(const std::string& text, const std::string& file) {
  const char* home = ::getenv("HOME");
  if (text.starts_with("~/") && home != nullptr) return home + text.substr(1);
  if (text.starts_with('/')) return text;
  std::error_code unknown;
  std::filesystem::path directory = std::filesystem::absolute(file, unknown).parent_path();
  return (directory / text).lexically_normal().string();
}

void append(std::vector<Placed>& to, const std::vector<Placed>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void change(CapsuleSection& capsule, const CapsuleSection& by) {
  if (by.tree) capsule.tree = by.tree;
  if (by.on_failure) capsule.on_failure = by.on_failure;
  append(capsule.expose, by.expose);
  append(capsule.profiles, by.profiles);
  append(capsule.share, by.share);
  append(capsule.keep_private, by.keep_private);
  append(capsule.map, by.map);
  append(capsule.permit, by.permit);
  append(capsule.library_path, by.library_path);
  append(capsule.prefer, by.prefer);
  append(capsule.plugins, by.plugins);
  if (by.strict) capsule.strict = by.strict;
}

std::string absolute(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::absolute(path, unknown).lexically_normal().string();
}

// What the file says for a program, or for any.
struct Selection {
  std::vector<CapsuleSection> capsules;
  std::optional<Placed> on_failure;
  std::optional<bool> inherit;
};

Selection select(Config config, const Program* program) {
  Selection selection{std::move(config.capsules), config.on_failure, config.inherit};
  std::optional<std::vector<Placed>> names;
  std::optional<Placed> policy;
  for (const ProgramSection& section : config.programs) {
    if (program == nullptr || !is_for_program(section, absolute(program->chain.front()))) continue;
    if (section.capsules) names = section.capsules;
    if (section.on_failure) policy = section.on_failure;
    if (section.inherit) selection.inherit = section.inherit;
    for (const CapsuleSection& by : section.changes) {
      auto same = [&](const CapsuleSection& each) { return each.name.text == by.name.text; };
      auto found = std::ranges::find_if(selection.capsules, same);
      if (found == selection.capsules.end()) {
        selection.capsules.push_back(by);
      } else {
        change(*found, by);
      }
    }
  }
  if (policy) {
    // The program's section is nearer than the capsule's.
    selection.on_failure = policy;
    for (CapsuleSection& capsule : selection.capsules) capsule.on_failure = policy;
  }
  if (names) {
    std::erase_if(selection.capsules, [&](const CapsuleSection& capsule) {
      return std::ranges::none_of(
          *names, [&](const Placed& name) { return name.text == capsule.name.text; });
    });
  }
  return selection;
}

void keep_chosen(std::vector<CapsuleSection>& capsules, const Options& line) {
  if (line.capsules.empty()) return;
  std::vector<std::string> known;
  for (const CapsuleSection& capsule : capsules) known.push_back(capsule.name.text);
  for (const std::string& name : line.capsules) {
    if (std::ranges::find(known, name) != known.end()) continue;
    std::vector<std::string> near = near_words(name, known);
    std::string text =
        line.config + ": there is no capsule \"" + name + "\" in it for this program";
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
    if (!near.empty()) text += "; did you mean " + near.front() + "?";
    if (near.empty()) text += list.empty() ? "; it has none" : "; it has " + list;
    throw Failure(text, kFailed, Fault::missing);
  }
  std::erase_if(capsules, [&](const CapsuleSection& capsule) {
    return std::ranges::find(line.capsules, capsule.name.text) == line.capsules.end();
  });
}

Options options_of(const CapsuleSection& capsule, const Selection& selection, const Options& line) {
  Options options = line;
  options.name = capsule.name.text;
  const std::string& word = capsule.tree->text;
  const trusted::TreeWord tree = trusted::tree_of(word, path_in(word, line.config));
  options.tree = tree.directory;
  options.tree_trouble = tree.why_not;
  options.tree_note = tree.note;
  options.places[options.tree] = capsule.tree->place;
  auto put = [&](std::vector<std::string>& to, const std::vector<Placed>& values) {
    std::vector<std::string> all;
    for (const Placed& value : values) {
      all.push_back(value.text);
      options.places.emplace(value.text, value.place);
    }
    all.insert(all.end(), to.begin(), to.end());
    to = std::move(all);
  };
  put(options.expose, capsule.expose);
  put(options.profiles, capsule.profiles);
  put(options.share, capsule.share);
  put(options.keep_private, capsule.keep_private);
  put(options.map, capsule.map);
  put(options.library_path, capsule.library_path);
  put(options.prefer, capsule.prefer);
  put(options.plugins, capsule.plugins);
  for (const Placed& path : capsule.permit) {
    options.permit.push_back(path_in(path.text, line.config));
    options.places.emplace(options.permit.back(), path.place);
  }
  if (!options.strict) options.strict = capsule.strict;
  if (!options.permit.empty() && options.strict != true) {
    throw Failure(capsule.permit.empty() ? "--permit: the capsule " + capsule.name.text +
                                               " is not strict; add --strict"
                                         : capsule.permit.front().place +
                                               ": what is permitted counts in a strict capsule "
                                               "only; add: strict = true");
  }
  if (!line.tree.empty()) {
    options.tree = line.tree;
    options.tree_trouble = line.tree_trouble;
    options.tree_note = line.tree_note;
  }
  if (options.on_failure.empty() && capsule.on_failure) {
    options.on_failure = capsule.on_failure->text;
  }
  if (options.on_failure.empty() && selection.on_failure) {
    options.on_failure = selection.on_failure->text;
  }
  if (!options.inherit) options.inherit = selection.inherit;
  if (options.expose.empty() && options.profiles.empty() && options.plugins.empty() &&
      !options.may_expose_nothing) {
    throw Failure(capsule.name.place + ": the capsule " + capsule.name.text +
                  " exposes nothing for this program; add expose or profile, or leave it out "
                  "with capsules = […] in the program's section");
  }
  return options;
}

std::string place_of(const Options& capsule, const std::string& value) {
  auto found = capsule.places.find(value);
  return found == capsule.places.end() ? std::string() : found->second + ": ";
}

void require_tree(const Options& capsule) {
  const std::string place = place_of(capsule, capsule.tree);
  struct stat status;
  if (place.empty() || ::stat(capsule.tree.c_str(), &status) == 0) return;
  std::filesystem::path path(capsule.tree);
  std::error_code unknown;
  std::vector<std::string> beside;
  std::filesystem::directory_iterator entry(path.parent_path(), unknown), end;
  for (; !unknown && entry != end; entry.increment(unknown)) {
    if (entry->is_directory(unknown)) beside.push_back(entry->path().filename().string());
  }
  std::vector<std::string> near = near_words(path.filename().string(), beside);
  if (near.empty() && !capsule.tree_trouble.empty()) return;  // said when it is opened
  throw Failure(place + capsule.tree + ": there is no such tree; " +
                    (near.empty() ? "check the path; in a container: is it mounted there?"
                                  : "there is " + (path.parent_path() / near.front()).string()),
                kFailed, Fault::missing);
}

[[noreturn]] void conflict(const std::string& library, const Options& one, const Options& other) {
  std::string place = place_of(other, library);
  std::string before = place_of(one, library);
  if (!before.empty()) before = " (" + before.substr(0, before.size() - 2) + ")";
  throw Failure(
      place + library + ": is exposed by the capsule " + other.name + " and by the capsule " +
          one.name + before +
          ", and a program gets one library of a name; take it from one of them, or choose "
          "a capsule with --capsule",
      kFailed, Fault::conflict);
}

}  // namespace

std::vector<Options> capsules_for(const Options& line, const Program* program) {
  if (line.config.empty()) return {line};
  Selection selection =
      select(read_config(line.config, {line.may_expose_nothing, line.library_directory}), program);
  keep_chosen(selection.capsules, line);
  bool wishes = !line.tree.empty() || !line.expose.empty() || !line.share.empty() ||
                !line.keep_private.empty() || !line.map.empty() || !line.profiles.empty() ||
                !line.permit.empty() || !line.library_path.empty() || !line.prefer.empty() ||
                !line.plugins.empty();
  if (wishes && selection.capsules.size() != 1) {
    throw Failure(
        "--tree, --expose, --profile, --share, --private, --map, --permit, --library-path, "
        "--plugin and --prefer change one capsule, "
        "and " +
        line.config + " has " + std::to_string(selection.capsules.size()) +
        " for this program; choose one with --capsule NAME, or write it into the file");
  }
  std::vector<Options> capsules;
  for (const CapsuleSection& capsule : selection.capsules) {
    check_contradictions(capsule);
    capsules.push_back(options_of(capsule, selection, line));
  }
  for (const Options& one : capsules) {
    for (const Options& other : std::span(&one + 1, capsules.data() + capsules.size())) {
      for (const std::string& library : other.expose) {
        if (std::ranges::find(one.expose, library) != one.expose.end()) {
          conflict(library, one, other);
        }
      }
    }
  }
  return capsules;
}

std::unique_ptr<Survey> survey_of(const Options& capsule, const Program* program) {
  require_tree(capsule);
  try {
    return Survey::make(with_profiles(capsule), program);
  } catch (const Failure& failure) {
    auto place = capsule.places.find(failure.subject());
    if (place != capsule.places.end()) throw failure.at(place->second);
    if (capsule.name.empty()) throw;
    throw failure.in("capsule " + capsule.name);
  }
}

void refuse_conflicts(const std::vector<Options>& capsules,
                      const std::vector<std::unique_ptr<Survey>>& surveys) {
  for (std::size_t j = 0; j < surveys.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      for (std::string_view library : surveys[j]->plan().expose) {
        std::span<const std::string_view> others = surveys[i]->plan().expose;
        if (std::ranges::find(others, library) == others.end()) continue;
        conflict(std::string(library), capsules[i], capsules[j]);
      }
    }
  }
}

namespace {

// Each capsule is planned with this system's libraries; one of these the program may have from
// another capsule.
void warn_of_sharing(const std::vector<Options>& capsules,
                     const std::vector<std::unique_ptr<Survey>>& surveys,
                     std::vector<Warning>& warnings) {
  for (std::size_t i = 0; i < surveys.size(); ++i) {
    for (std::string_view library : surveys[i]->plan().share) {
      for (std::size_t j = 0; j < surveys.size(); ++j) {
        if (i == j || !plan::contains(surveys[j]->plan().expose.view(), library)) continue;
        std::string name(library);
        warnings.push_back({Warning::Kind::exposed_elsewhere, name,
                            name + ": is shared with the capsule " + capsules[i].name +
                                ", which gets that of the capsule " + capsules[j].name +
                                "; for its own tree's: private = [\"" + name + "\"]"});
      }
    }
  }
}

// What the program needs of this system, it may get from a capsule.
bool comes_from_a_capsule(const Warning& warning,
                          const std::vector<std::unique_ptr<Survey>>& surveys) {
  if (warning.kind != Warning::Kind::absent) return false;
  return std::ranges::any_of(surveys, [&](const std::unique_ptr<Survey>& survey) {
    return plan::contains(survey->plan().expose.view(), warning.subject);
  });
}

}  // namespace

namespace {

// A preference for a library of which each side has its own copy.
void warn_of_vain_preferences(const Options& capsule, const Survey& survey,
                              std::vector<std::string>& texts) {
  for (const std::string& text : capsule.prefer) {
    const std::string name(copies::Preference::of(text).name);
    const bool is_profile =
        capsule.known_profiles != nullptr &&
        std::ranges::any_of(capsule.known_profiles->all,
                            [&](const plan::Profile* each) { return each->name == name; });
    const bool is_one = std::ranges::any_of(survey.plan().entries, [&](const plan::Entry& entry) {
      return entry.name == name && entry.role != plan::Role::kept_private;
    });
    if (name.empty() || is_profile || is_one) continue;
    texts.push_back("--prefer " + text + ": changes nothing, since as far as is known " + name +
                    " is used by one side, or by each for itself");
  }
}

}  // namespace

std::vector<std::string> warnings_of(const std::vector<Options>& capsules,
                                     const std::vector<std::unique_ptr<Survey>>& surveys) {
  std::vector<Warning> warnings;
  for (const std::unique_ptr<Survey>& survey : surveys) {
    for (const Warning& warning : survey->warnings()) {
      if (!comes_from_a_capsule(warning, surveys)) warnings.push_back(warning);
    }
  }
  warn_of_sharing(capsules, surveys, warnings);
  std::vector<std::string> texts;
  for (const Warning& warning : warnings) {
    if (std::ranges::find(texts, warning.text) == texts.end()) texts.push_back(warning.text);
  }
  for (std::size_t i = 0; i < surveys.size(); ++i)
    warn_of_vain_preferences(capsules[i], *surveys[i], texts);
  return texts;
}

}  // namespace bulkhead::settings
