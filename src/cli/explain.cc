// bulkhead explain: prints the plan.
#include <stdio.h>
#include <CLI/CLI.hpp>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/diagnostics.h"
#include "cli/command_line.h"
#include "cli/explain.h"
#include "messages/failure.h"
#include "programs/program.h"
#include "rules/report.h"
#include "settings/choice.h"

namespace bulkhead::cli {

using explanation::Explanation;
using explanation::Form;

namespace {

constexpr const char* kAbout =
    R"(Print what "bulkhead run", or "bulkhead preload", would do, and why; start nothing.

Every library with its role (private: only the tree's libraries see it; shared: this
system's copy serves both sides; exposed: the program sees the tree's copy), the
file that is used and the reason; then what is missing, then notes; then which
versions of glibc are needed, and whether this system or bulkhead's compat library
has them: with -v each of them, and each symbol that this system lacks.

With --seccomp, and nothing that a plan could be made of, only that file's filters.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead explain --tree ~/trixie --expose libssl.so.3 --json -- curl | jq '.libraries[].name'
  bulkhead explain --preload libeatmydata.so -- dpkg-deb
  bulkhead explain --seccomp policy.toml

Without PROGRAM the plan is the one for any program of this system.

Exit status:
  0    the plan can be carried out
  125  it cannot: something is missing (printed all the same), or no plan could be made)";

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
    throw messages::Failure(file + ": cannot be written; name a file in a directory of yours");
}

// There is one where neither a file nor tools are named.
nlohmann::json as_json(const Explanation& explanation, const Explained& what) {
  if (!what.tools.empty()) return {{"tools", explanation.capsules}};
  return what.options.config.empty() ? explanation.capsules[0]
                                     : nlohmann::json{{"capsules", explanation.capsules}};
}

void print(const std::string& text) { ::fwrite(text.data(), 1, text.size(), stdout); }

void refuse_wishes_beside_tools(const survey::Options& options) {
  if (options.expose.empty() && options.profiles.empty() && options.config.empty() &&
      options.on_failure.empty() && !options.inherit) {
    return;
  }
  throw messages::Failure(
      "--preload: explains what bulkhead preload would do, which has no --expose, --profile, "
      "--config, --on-failure and --inherit; leave these out");
}

Explanation explain_tools(Explained& what, const std::vector<std::string>& program_line) {
  refuse_wishes_beside_tools(what.options);
  if (program_line.empty()) {
    throw messages::Failure(
        "--preload: what a tool does depends on the program; name one after --");
  }
  if (what.options.tree.empty()) what.options.tree = "/";
  finish_preload(what.options);
  programs::Program program = programs::find_program(program_line);
  programs::check_dynamic_program(program);
  what.options.seccomp = what.policy;
  return of_tools(what.tools, what.options, program, what.form);
}

Explanation explain_run(Explained& what, const std::vector<std::string>& program_line) {
  if (what.options.isolated) {
    throw messages::Failure("--isolated: is for tools; name them with --preload");
  }
  finish(what.options, program_line.empty() ? For::any : For::program);
  if (program_line.empty()) return of_capsules(what.options, nullptr, what.form);
  programs::Program program = programs::find_program(program_line);
  programs::check_program(program);
  const std::string chosen =
      what.options.config.empty() ? settings::choose(what.options, program) : "";
  if (!chosen.empty()) message({program.path, " would start with ", chosen});
  return of_capsules(what.options, &program, what.form);
}

}  // namespace

void explain(Explained what, const std::vector<std::string>& program_line, int& status) {
  std::optional<rules::Report> filters;
  if (!what.policy.empty()) {
    filters.emplace(what.policy);
    if (!what.compiled.empty()) write_compiled(what.compiled, filters->compiled());
    if (program_line.empty() && what.tools.empty() && asks_for_no_plan(what.options)) {
      print(what.form == Form::json ? as_text(filters->json()) : filters->text());
      return;
    }
  }
  const Explanation explanation =
      what.tools.empty() ? explain_run(what, program_line) : explain_tools(what, program_line);
  if (!explanation.complete) status = messages::kFailed;
  std::string text = explanation.text;
  if (what.form == Form::json) {
    nlohmann::json json = as_json(explanation, what);
    if (filters) json["seccomp"] = filters->json();
    text = as_text(json);
  } else if (filters) {
    text += "\n" + filters->text();
  }
  print(text);
}

void add_explain(CLI::App& app, const std::vector<std::string>& program_line, int& status) {
  CLI::App* command = app.add_subcommand("explain", kAbout);
  auto what = std::make_shared<Explained>();
  add_plan_options(*command, what->options);
  add_plugin_option(*command, what->options);
  command
      ->add_option("--preload", what->tools,
                   "Explain what bulkhead preload would do with TOOL, rather than run")
      ->type_name("TOOL,...")
      ->expected(1)
      ->take_all();
  command
      ->add_flag("--isolated", what->options.isolated,
                 "With --preload: each tool with a libc of its own")
      ->group(kSeldomUsed);
  command->add_flag_callback(
      "--json", [what] { what->form = Form::json; }, "Print JSON");
  command
      ->add_option("--seccomp", what->policy,
                   "Check a policy for system calls and print its filters; see docs/seccomp.md")
      ->type_name("FILE");
  command
      ->add_option("--compiled", what->compiled,
                   "With --seccomp: write the compiled policy, for bh_tool_install_policy")
      ->type_name("FILE")
      ->needs("--seccomp");
  add_program(*command);
  command->footer(kMore);
  command->callback([what, &program_line, &status] {
    take_apart(what->tools);
    explain(*what, program_line, status);
  });
}

}  // namespace bulkhead::cli
