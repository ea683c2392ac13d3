// bulkhead shim: a shim directory to keep.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include <memory>

#include "base/diagnostics.h"
#include "cache/shim_directory.h"
#include "cli/command_line.h"
#include "messages/failure.h"
#include "settings/capsules.h"
#include "survey/survey.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(Write a directory of shims, so that LD_LIBRARY_PATH=DIR PROGRAM works without
the launcher.

DIR holds a shim for each exposed library and bulkhead's own libraries. A tree is still
needed when a program uses it: at the same path, or where --relocatable-tree says.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead shim --tree /host --profile gl -o ~/gl-of-host
  LD_LIBRARY_PATH=~/gl-of-host glxgears
  bulkhead shim --config capsule.toml -o ~/shims
  bulkhead shim --tree ~/trixie --profile gl --relocatable-tree /run/host -o runtime/gl

With --config all capsules of the file go into the one directory; its sections for
programs do not count, since any program may use it.

With --relocatable-tree the tree that shims are made from need not be the one that
programs use: what lies at PATH then is looked at anew by each of them. For runtimes
that ship shims for hosts which they do not know: docs/shipping-shims.md.

The plan is made for any program of this system: what only a certain program would
show (a library that it, too, needs) is not looked at. Write the shims again after the
tree was upgraded: they list the names that its libraries export.

Exit status:
  0    written
  125  bulkhead failed; what it had written so far stays)";

// As any tree's path has to be, but there may be nothing yet.
void check_relocatable(survey::Options& options) {
  std::string& path = options.relocatable_tree;
  if (path.empty()) return;
  if (!path.starts_with('/')) {
    throw messages::Failure("--relocatable-tree " + path +
                            ": is a relative path; name the place where programs will find the "
                            "tree, as /run/host");
  }
  if (path.find_first_of(":$") != std::string::npos) {
    throw messages::Failure(
        "--relocatable-tree " + path +
        ": has a character to which the dynamic linker gives a meaning (: or $)");
  }
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
}

// Nothing of a directory of shims is there before the program opens them.
void refuse_plugins(const std::vector<survey::Options>& capsules, const std::string& config) {
  for (const survey::Options& capsule : capsules) {
    if (capsule.plugins.empty()) continue;
    throw messages::Failure(
        config + ": the capsule " + capsule.name +
        " has plugins, which shims cannot take; start the program with bulkhead "
        "run, or choose other capsules with --capsule");
  }
}

}  // namespace

void add_shim(CLI::App& app) {
  CLI::App* command = app.add_subcommand("shim", kAbout);
  auto options = std::make_shared<survey::Options>();
  auto output = std::make_shared<std::string>();
  add_plan_options(*command, *options);
  command->add_option("-o,--output", *output, "Directory to write; made if it is not there")
      ->type_name("DIR")
      ->required();
  command->footer(kMore);
  auto portable = std::make_shared<bool>(false);
  command->add_flag("--portable", *portable,
                    "Also for systems with a glibc before 2.34, if this one's is newer");
  command
      ->add_option("--relocatable-tree", options->relocatable_tree,
                   "Where the tree, or another one, will be when programs run")
      ->type_name("PATH");
  command->callback([options, output, portable] {
    finish(*options, For::any);
    check_relocatable(*options);
    std::vector<survey::Options> capsules = capsules_of(*options, nullptr);
    if (capsules.empty())
      throw messages::Failure(options->config + ": has no capsule to make shims for");
    if (capsules.size() > 1 && !options->relocatable_tree.empty()) {
      throw messages::Failure("--relocatable-tree " + options->relocatable_tree +
                              ": is for one capsule; choose one of the file's with --capsule");
    }
    refuse_plugins(capsules, options->config);
    std::vector<std::unique_ptr<survey::Survey>> surveys;
    for (const survey::Options& capsule : capsules) {
      surveys.push_back(settings::survey_of(capsule, nullptr));
      surveys.back()->require_complete();
    }
    settings::refuse_conflicts(capsules, surveys);
    for (const std::string& warning : settings::warnings_of(capsules, surveys))
      message({"warning: ", warning});
    if (::mkdir(output->c_str(), 0755) != 0 && errno != EEXIST) {
      throw messages::Failure(*output + ": cannot be made: " + ::strerror(errno));
    }
    for (const std::unique_ptr<survey::Survey>& survey : surveys) {
      cache::write_shims(*survey, *output,
                         *portable ? cache::OwnLibraries::portable : cache::OwnLibraries::copied);
      if (!options->verbose) continue;
      for (std::string_view note : survey->plan().notes) message({"note: ", note});
      for (std::string_view name : survey->plan().expose)
        message({"note: shim written: ", *output, "/", name});
    }
  });
}

}  // namespace bulkhead::cli
