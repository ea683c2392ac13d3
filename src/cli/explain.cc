// bulkhead explain: prints the plan.
#include <stdio.h>
#include <CLI/CLI.hpp>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command_line.h"
#include "cli/compat_table.h"
#include "plan/versions.h"
#include "rules/report.h"
#include "survey/capsules.h"
#include "survey/failure.h"
#include "survey/program.h"
#include "survey/survey.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(Print what "bulkhead run" would do, and why; start nothing.

Every library with its role (private: only the tree's libraries see it; shared: this
system's copy serves both sides; exposed: the program sees the tree's copy), the
file that is used and the reason; then what is missing, then notes; then which
versions of glibc are needed, and whether this system or bulkhead's compat library
has them: with -v each of them, and each symbol that this system lacks.

With --seccomp, and nothing that a plan could be made of, only that file's filters.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead explain --tree /host --profile gl -- glxgears
  bulkhead explain --tree ~/trixie --expose libssl.so.3 --json -- curl | jq '.libraries[].name'
  bulkhead explain --config capsule.toml -- ./game
  bulkhead explain --seccomp policy.toml

Without PROGRAM the plan is the one for any program of this system.

Exit status:
  0    the plan can be carried out
  125  it cannot: something is missing (printed all the same), or no plan could be made)";

nlohmann::json as_json(const plan::SymbolUse& use) {
  return {{"name", use.name},           {"from", plan::name_of(use.source)},
          {"kind", use.kind},           {"home", use.home},
          {"note", use.note},           {"weak", use.weak},
          {"libraries", use.libraries}, {"needed_by", use.importer}};
}

nlohmann::json as_json(std::span<const plan::VersionUse> versions) {
  nlohmann::json json = nlohmann::json::array();
  for (const plan::VersionUse& use : versions) {
    nlohmann::json symbols = nlohmann::json::array();
    for (const plan::SymbolUse& symbol : use.symbols) symbols.push_back(as_json(symbol));
    json.push_back({{"version", use.version},
                    {"file", use.file},
                    {"from", plan::name_of(use.source)},
                    {"meaning", plan::meaning_of_mark(use.version)},
                    {"weak", use.weak},
                    {"libraries", use.libraries},
                    {"needed_by", use.importer},
                    {"symbols", symbols}});
  }
  return json;
}

nlohmann::json as_json(const survey::Survey& survey, std::span<const plan::VersionUse> versions) {
  const plan::Plan& plan = survey.plan();
  nlohmann::json json;
  json["tree"] = survey.tree_path();
  json["libraries"] = nlohmann::json::array();
  for (const plan::Entry& entry : plan.entries) {
    json["libraries"].push_back({{"name", entry.name},
                                 {"role", plan::name_of(entry.role)},
                                 {"file", entry.file},
                                 {"reason", entry.reason},
                                 {"later", entry.later}});
  }
  json["missing"] = nlohmann::json::array();
  for (const plan::Lack& lack : plan.lacks) {
    json["missing"].push_back(
        {{"what", lack.what}, {"detail", lack.detail}, {"advice", lack.advice}});
  }
  json["notes"] = nlohmann::json::array();
  for (std::string_view note : plan.notes) json["notes"].push_back(note);
  json["warnings"] = survey.warnings();
  json["versions"] = as_json(versions);
  return json;
}

// Which capsule of a file it is, and what the file says of it that is no part of a plan.
std::string heading_of(const survey::Options& capsule, bool first) {
  std::string text = std::string(first ? "" : "\n") + "capsule " + capsule.name;
  if (capsule.on_failure == "native") text += ", else this system's own libraries";
  if (capsule.inherit == false) text += ", not for programs that the program starts";
  return text + "\n";
}

// Whether only a policy for system calls is to be explained.
bool asks_for_no_plan(const survey::Options& options) {
  return options.config.empty() && options.capsules.empty() && options.tree.empty() &&
         options.expose.empty() && options.profiles.empty() && options.share.empty() &&
         options.keep_private.empty() && options.map.empty();
}

// A path may hold bytes that are no UTF-8; JSON may not.
std::string as_text(const nlohmann::json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void write_compiled(const std::string& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream)
    throw survey::Failure(file + ": cannot be written; name a file in a directory of yours");
}

void print(const std::string& text) { ::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace

void add_explain(CLI::App& app, const std::vector<std::string>& program_line, int& status) {
  CLI::App* command = app.add_subcommand("explain", kAbout);
  auto options = std::make_shared<survey::Options>();
  auto json = std::make_shared<bool>(false);
  add_plan_options(*command, *options);
  command->add_flag("--json", *json, "Print JSON");
  auto seccomp = std::make_shared<std::string>();
  command
      ->add_option("--seccomp", *seccomp,
                   "Check a policy for system calls and print its filters; see docs/seccomp.md")
      ->type_name("FILE");
  auto compiled = std::make_shared<std::string>();
  command
      ->add_option("--compiled", *compiled,
                   "With --seccomp: write the compiled policy, for bh_tool_install_policy")
      ->type_name("FILE")
      ->needs("--seccomp");
  add_program(*command);
  command->footer(kMore);
  command->callback([options, json, seccomp, compiled, &program_line, &status] {
    std::optional<rules::Report> filters;
    if (!seccomp->empty()) {
      filters.emplace(*seccomp);
      if (!compiled->empty()) write_compiled(*compiled, filters->compiled());
      if (program_line.empty() && asks_for_no_plan(*options)) {
        print(*json ? as_text(filters->json()) : filters->text());
        return;
      }
    }
    finish(*options);
    survey::Program program;
    if (!program_line.empty()) {
      program = survey::find_program(program_line);
      survey::check_program(program);
    }
    const survey::Program* of = program_line.empty() ? nullptr : &program;
    std::vector<survey::Options> capsules = survey::capsules_for(*options, of);
    std::vector<std::unique_ptr<survey::Survey>> surveys;
    std::string text;
    nlohmann::json several = nlohmann::json::array();
    for (const survey::Options& capsule : capsules) {
      surveys.push_back(survey::survey_of(capsule, of));
      survey::Survey& survey = *surveys.back();
      std::span<const plan::VersionUse> versions =
          plan::needed_versions(survey.arena(), survey.graphs(), survey.plan(), compat_table());
      if (!survey.plan().lacks.empty()) status = survey::kFailed;
      if (*json) {
        several.push_back(as_json(survey, versions));
        if (!capsule.name.empty()) several.back()["capsule"] = capsule.name;
        several.back()["on_failure"] = capsule.on_failure.empty() ? "stop" : capsule.on_failure;
        several.back()["inherit"] = capsule.inherit.value_or(true);
        continue;
      }
      if (!capsule.name.empty()) text += heading_of(capsule, text.empty());
      text += plan::describe(survey.arena(), survey.plan());
      text += plan::describe_versions(survey.arena(), versions, options->verbose);
    }
    survey::refuse_conflicts(capsules, surveys);
    if (!*json) {
      for (const std::string& warning : survey::warnings_of(capsules, surveys))
        text += "\nwarning: " + warning + "\n";
    }
    if (capsules.empty()) text = options->config + ": the program gets no capsule\n";
    if (*json) {
      // With a file there may be several.
      nlohmann::json all =
          options->config.empty() ? several[0] : nlohmann::json{{"capsules", several}};
      if (filters) all["seccomp"] = filters->json();
      text = as_text(all);
    } else if (filters) {
      text += "\n" + filters->text();
    }
    print(text);
  });
}

}  // namespace bulkhead::cli
