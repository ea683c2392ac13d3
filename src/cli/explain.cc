// bulkhead explain: prints the plan.
#include <stdio.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/failure.h"
#include "cli/gather.h"
#include "cli/options.h"
#include "cli/program.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(Print what "bulkhead run" would do, and why; start nothing.

Every library with its role (private: only the tree's libraries see it; shared: this
system's copy serves both sides; exposed: the program sees the tree's copy), the
file that is used and the reason; then what is missing, then notes.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead explain --tree /host --profile gl -- glxgears
  bulkhead explain --tree ~/trixie --expose libssl.so.3 --json -- curl | jq '.libraries[].name'

Without PROGRAM the plan is the one for any program of this system.

Exit status:
  0    the plan can be carried out
  125  it cannot: something is missing (printed all the same), or no plan could be made)";

nlohmann::json as_json(const Survey& survey) {
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
  return json;
}

}  // namespace

void add_explain(CLI::App& app, const std::vector<std::string>& program_line, int& status) {
  CLI::App* command = app.add_subcommand("explain", kAbout);
  auto options = std::make_shared<Options>();
  auto json = std::make_shared<bool>(false);
  add_plan_options(*command, *options);
  command->add_flag("--json", *json, "Print JSON");
  add_program(*command);
  command->footer(kMore);
  command->callback([options, json, &program_line, &status] {
    finish(*options);
    Program program;
    if (!program_line.empty()) {
      program = find_program(program_line);
      check_program(program);
    }
    Survey survey(*options, program_line.empty() ? nullptr : &program);
    std::string text;
    if (*json) {
      // A path may hold bytes that are no UTF-8; JSON may not.
      text = as_json(survey).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    } else {
      text = plan::describe(survey.arena(), survey.plan());
      for (const std::string& warning : survey.warnings()) text += "\nwarning: " + warning + "\n";
    }
    ::fwrite(text.data(), 1, text.size(), stdout);
    status = survey.plan().lacks.empty() ? 0 : kFailed;
  });
}

}  // namespace bulkhead::cli
