// The declarative file (bulkhead run --config FILE): capsules, and what differs for which
// program. TOML; docs/config.md describes it, examples/capsule.toml is one.
//
// Here it is read and checked as far as the file alone tells: every mistake is a Failure that
// starts with FILE:LINE:COLUMN and names what was probably meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/placed.h"

namespace bulkhead::settings {

// [capsule.NAME], or what [program."PATTERN".capsule.NAME] adds to it.
struct CapsuleSection {
  Placed name;
  std::optional<Placed> tree, on_failure;
  std::vector<Placed> expose, profiles, share, keep_private, map, permit, library_path, plugins,
      prefer;
  std::optional<bool> strict;
};

// [program."PATTERN"]
struct ProgramSection {
  Placed pattern;
  std::optional<std::vector<Placed>> capsules;  // names; without: all
  std::optional<Placed> on_failure;
  std::optional<bool> inherit;
  std::vector<CapsuleSection> changes;
};

struct Config {
  std::vector<CapsuleSection> capsules;  // in the order of the file, as are the others
  std::vector<ProgramSection> programs;
  std::optional<Placed> on_failure;
  std::optional<bool> inherit;
};

// What a file is read for; both as in Options.
struct ConfigFor {
  bool may_expose_nothing = false;
  std::string library_directory = {};
};

// `file` is how messages call it.
Config parse_config(std::string_view text, const std::string& file, const ConfigFor& purpose = {});
Config read_config(const std::string& file, const ConfigFor& purpose = {});

// Fails if a library is in two lists that exclude each other.
void check_contradictions(const CapsuleSection& capsule);

// What is wrong with a text for --prefer; empty if nothing is.
std::string fault_in_preference(std::string_view text);

// Whether the section is for a program: by its file name, or by its absolute path if the
// pattern has a slash; with * ? [] as in a shell, * also for slashes.
bool is_for_program(const ProgramSection& section, const std::string& path);

}  // namespace bulkhead::settings
