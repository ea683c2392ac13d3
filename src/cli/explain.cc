// bulkhead explain: prints the plan.
#include <stdio.h>
#include <CLI/CLI.hpp>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/diagnostics.h"
#include "cli/command_line.h"
#include "cli/compat_table.h"
#include "cli/plan_text.h"
#include "plan/versions.h"
#include "rules/report.h"
#include "settings/capsules.h"
#include "settings/choice.h"
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
  json["strict"] = plan.strict;
  json["permit"] = nlohmann::json::array();
  for (std::string_view path : plan.permit) json["permit"].push_back(path);
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
  json["warnings"] = nlohmann::json::array();
  for (const survey::Warning& warning : survey.warnings()) json["warnings"].push_back(warning.text);
  json["versions"] = as_json(versions);
  return json;
}

// Which capsule of a file it is, and what the file says of it that is no part of a plan.
std::string heading_of(const survey::Options& capsule, bool first) {
  std::string text = std::string(first ? "" : "\n") + "capsule " + survey::shown(capsule.name);
  if (capsule.on_failure == "native") text += ", else this system's own libraries";
  if (capsule.inherit == false) text += ", not for programs that the program starts";
  return text + "\n";
}

// Whether only a policy for system calls is to be explained.
bool asks_for_no_plan(const survey::Options& options) {
  return options.config.empty() && options.capsules.empty() && options.tree.empty() &&
         options.expose.empty() && options.profiles.empty() && options.share.empty() &&
         options.keep_private.empty() && options.map.empty() && !options.strict;
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

struct Request {
  survey::Options options;
  bool json = false;
  std::string policy, compiled;  // files: of --seccomp, and the one that --compiled writes
};

// What is found out about the capsules, in one of two forms.
struct Explanation {
  std::string text;
  nlohmann::json capsules = nlohmann::json::array();
  bool complete = true;
};

void explain_capsule(const survey::Options& capsule, survey::Survey& survey, const Request& request,
                     Explanation& explanation) {
  std::span<const plan::VersionUse> versions =
      plan::needed_versions(survey.arena(), survey.graphs(), survey.plan(), compat_table());
  if (!survey.plan().lacks.empty()) explanation.complete = false;
  if (request.json) {
    nlohmann::json json = as_json(survey, versions);
    if (!capsule.name.empty()) json["capsule"] = capsule.name;
    json["on_failure"] = capsule.on_failure.empty() ? "stop" : capsule.on_failure;
    json["inherit"] = capsule.inherit.value_or(true);
    explanation.capsules.push_back(std::move(json));
    return;
  }
  std::string& text = explanation.text;
  if (!capsule.name.empty()) text += heading_of(capsule, text.empty());
  text += describe(survey.plan()) + describe(versions, request.options.verbose);
}

Explanation explain_capsules(const Request& request, const survey::Program* program) {
  std::vector<survey::Options> capsules = settings::capsules_for(request.options, program);
  std::vector<std::unique_ptr<survey::Survey>> surveys;
  Explanation explanation;
  for (const survey::Options& capsule : capsules) {
    surveys.push_back(
        settings::survey_of(capsule, program == nullptr ? nullptr : survey::planned_for(*program)));
    explain_capsule(capsule, *surveys.back(), request, explanation);
  }
  settings::refuse_conflicts(capsules, surveys);
  if (capsules.empty()) {
    explanation.text = request.options.config + ": the program gets no capsule\n";
  }
  if (request.json) return explanation;
  for (const std::string& warning : settings::warnings_of(capsules, surveys)) {
    explanation.text += "\nwarning: " + survey::shown(warning) + "\n";
  }
  return explanation;
}

// With a file there may be several capsules.
nlohmann::json as_json(const Explanation& explanation, const Request& request) {
  return request.options.config.empty() ? explanation.capsules[0]
                                        : nlohmann::json{{"capsules", explanation.capsules}};
}

void print(const std::string& text) { ::fwrite(text.data(), 1, text.size(), stdout); }

void explain(Request& request, const std::vector<std::string>& program_line, int& status) {
  std::optional<rules::Report> filters;
  if (!request.policy.empty()) {
    filters.emplace(request.policy);
    if (!request.compiled.empty()) write_compiled(request.compiled, filters->compiled());
    if (program_line.empty() && asks_for_no_plan(request.options)) {
      print(request.json ? as_text(filters->json()) : filters->text());
      return;
    }
  }
  finish(request.options, program_line.empty() ? For::any : For::program);
  std::optional<survey::Program> program;
  if (!program_line.empty()) {
    program = survey::find_program(program_line);
    survey::check_program(*program);
    const std::string chosen =
        request.options.config.empty() ? settings::choose(request.options, *program) : "";
    if (!chosen.empty()) message({program->path, " would start with ", chosen});
  }
  Explanation explanation = explain_capsules(request, program ? &*program : nullptr);
  if (!explanation.complete) status = survey::kFailed;
  std::string text = explanation.text;
  if (request.json) {
    nlohmann::json json = as_json(explanation, request);
    if (filters) json["seccomp"] = filters->json();
    text = as_text(json);
  } else if (filters) {
    text += "\n" + filters->text();
  }
  print(text);
}

}  // namespace

void add_explain(CLI::App& app, const std::vector<std::string>& program_line, int& status) {
  CLI::App* command = app.add_subcommand("explain", kAbout);
  auto request = std::make_shared<Request>();
  add_plan_options(*command, request->options);
  command->add_flag("--json", request->json, "Print JSON");
  command
      ->add_option("--seccomp", request->policy,
                   "Check a policy for system calls and print its filters; see docs/seccomp.md")
      ->type_name("FILE");
  command
      ->add_option("--compiled", request->compiled,
                   "With --seccomp: write the compiled policy, for bh_tool_install_policy")
      ->type_name("FILE")
      ->needs("--seccomp");
  add_program(*command);
  command->footer(kMore);
  command->callback([request, &program_line, &status] { explain(*request, program_line, status); });
}

}  // namespace bulkhead::cli
