#include "trees/suites.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "messages/failure.h"
#include "suggest/near.h"

namespace bulkhead::trees {
namespace {

using messages::Failure;

// Debian's words for its releases of the moment.
constexpr std::array<std::string_view, 6> kMoving = {"stable",  "oldstable", "oldoldstable",
                                                     "testing", "unstable",  "sid"};
// For a machine without distro-info-data.
constexpr std::array<std::string_view, 6> kDebian = {"buster", "bullseye", "bookworm",
                                                     "trixie", "forky",    "duke"};
constexpr std::array<std::string_view, 3> kSuffixes = {"", "-updates", "-security"};
constexpr std::array<std::string_view, 2> kComponents = {"main", "universe"};

std::string value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = trimmed(split_off(text, '\n'));
    if (split_off(line, '=') != key) continue;
    if (line.size() >= 2 && (line[0] == '"' || line[0] == '\'') && line.back() == line[0]) {
      line = take(drop(line, 1), line.size() - 2);
    }
    return std::string(line);
  }
  return {};
}

bool is_of(std::string_view suite, const Release& release) {
  return suite == release.codename ||
         (release.id == "debian" && std::ranges::find(kMoving, suite) != kMoving.end());
}

// What follows the release's name; nothing if it is another one's.
std::optional<std::string_view> suffix_of(std::string_view suite, const Release& release) {
  for (std::string_view suffix : kSuffixes) {
    if (!suite.ends_with(suffix)) continue;
    if (is_of(take(suite, suite.size() - suffix.size()), release)) return suffix;
  }
  return std::nullopt;
}

}  // namespace

Release release_of(std::string_view os_release) {
  return {value_of(os_release, "ID"), value_of(os_release, "VERSION_CODENAME")};
}

std::vector<std::string> known_suites(const Release& release, std::string_view distro_info) {
  std::vector<std::string> known;
  if (release.id == "debian") {
    known.assign(kMoving.begin(), kMoving.end());
    known.insert(known.end(), kDebian.begin(), kDebian.end());
  }
  // version,codename,series,…
  split_off(distro_info, '\n');
  while (!distro_info.empty()) {
    std::string_view line = split_off(distro_info, '\n');
    split_off(line, ',');
    split_off(line, ',');
    std::string series(split_off(line, ','));
    if (!series.empty() && std::ranges::find(known, series) == known.end()) known.push_back(series);
  }
  if (std::ranges::find(known, release.codename) == known.end()) known.push_back(release.codename);
  return known;
}

Suite suite_for(const std::string& tree, const Release& release,
                const std::vector<std::string>& known) {
  if (std::ranges::find(known, tree) != known.end()) return {tree, false};
  const std::vector<std::string> near = suggest::near_words(tree, known);
  if (!near.empty() && tree.size() > 3) {
    throw Failure(tree + ": is no suite that is known here; did you mean " + near.front() +
                  "? Else say with --suite of which suite the packages are to be");
  }
  return {release.codename, true};
}

std::string Source::line(const std::string& keyring) const {
  return "deb [signed-by=" + keyring + "] " + uri + " " + suite + " " + component;
}

std::vector<Source> translated(std::string_view targets, const Release& release,
                               const std::string& suite) {
  std::vector<Source> sources;
  while (!targets.empty()) {
    std::string_view line = split_off(targets, '\n');
    std::string_view uri = split_off(line, ' '), of = split_off(line, ' ');
    const std::optional<std::string_view> suffix = suffix_of(of, release);
    if (!suffix || std::ranges::find(kComponents, line) == kComponents.end()) continue;
    const std::string translation = suite + std::string(*suffix);
    const bool is_known = std::ranges::any_of(sources, [&](const Source& each) {
      return each.uri == uri && each.suite == translation && each.component == line;
    });
    if (!is_known) {
      sources.push_back({std::string(uri), translation, std::string(line), suffix->empty()});
    }
  }
  return sources;
}

}  // namespace bulkhead::trees
