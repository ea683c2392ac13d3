#include "explanation/explanation.h"

#include <algorithm>
#include <memory>

#include "explanation/compat_table.h"
#include "explanation/plan_text.h"
#include "messages/failure.h"
#include "plan/versions.h"
#include "preload/tool_plan.h"
#include "settings/capsules.h"
#include "survey/survey.h"

namespace bulkhead::explanation {
namespace {

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
  for (const messages::Warning& warning : survey.warnings())
    json["warnings"].push_back(warning.text);
  json["versions"] = as_json(versions);
  return json;
}

// Which capsule of a file it is, and what the file says of it that is no part of a plan.
std::string heading_of(const survey::Options& capsule, bool first) {
  std::string text = std::string(first ? "" : "\n") + "capsule " + messages::shown(capsule.name);
  if (capsule.on_failure == "native") text += ", else this system's own libraries";
  if (capsule.inherit == false) text += ", not for programs that the program starts";
  return text + "\n";
}

std::span<const plan::VersionUse> versions_of(survey::Survey& survey) {
  return plan::needed_versions(survey.arena(), survey.graphs(), survey.plan(), compat_table());
}

void add_capsule(const survey::Options& capsule, survey::Survey& survey, Form form,
                 Explanation& explanation) {
  std::span<const plan::VersionUse> versions = versions_of(survey);
  if (!survey.plan().lacks.empty()) explanation.complete = false;
  if (form == Form::json) {
    nlohmann::json json = as_json(survey, versions);
    if (!capsule.name.empty()) json["capsule"] = capsule.name;
    json["plugins"] = capsule.plugins;
    json["on_failure"] = capsule.on_failure.empty() ? "stop" : capsule.on_failure;
    json["inherit"] = capsule.inherit.value_or(true);
    explanation.capsules.push_back(std::move(json));
    return;
  }
  std::string& text = explanation.text;
  if (!capsule.name.empty()) text += heading_of(capsule, text.empty());
  text += describe(survey.plan()) + describe(versions, capsule.verbose);
}

// What a plugin's capsule consists of turns out when it is opened.
void add_plugins(const survey::Options& capsule, Form form, Explanation& explanation) {
  if (form == Form::json) {
    if (!survey::is_for_plugins_alone(capsule)) return;
    explanation.capsules.push_back({{"tree", capsule.tree}, {"plugins", capsule.plugins}});
    if (!capsule.name.empty()) explanation.capsules.back()["capsule"] = capsule.name;
    return;
  }
  std::string& text = explanation.text;
  if (!capsule.name.empty()) text += heading_of(capsule, text.empty());
  for (const std::string& pattern : capsule.plugins) {
    text += "what the program opens as " + messages::shown(pattern) +
            " is loaded into a capsule, with all that it needs, from " +
            messages::shown(capsule.tree) + "\n";
  }
}

void add_tool(const std::string& tool, const survey::Options& options,
              const programs::Program& program, Form form, Explanation& explanation) {
  preload::ToolPlan plan = preload::plan_tool(tool, options, program);
  std::span<const plan::VersionUse> versions = versions_of(*plan.survey);
  std::span<const std::string_view> told = plan.survey->plan().notes.view();
  std::erase_if(plan.notes, [&](const std::string& note) {
    return std::ranges::find(told, note) != told.end();
  });
  if (form == Form::json) {
    nlohmann::json json = as_json(*plan.survey, versions);
    json["tool"] = tool;
    json["isolated"] = options.isolated;
    for (const std::string& note : plan.notes) json["notes"].push_back(note);
    json["warnings"] = plan.warnings;
    explanation.capsules.push_back(std::move(json));
    return;
  }
  std::string& text = explanation.text;
  text += std::string(text.empty() ? "" : "\n") + "tool " + messages::shown(tool) +
          (options.isolated ? ", with a libc of its own" : "") + "\n";
  text += describe(plan.survey->plan()) + describe(versions, options.verbose);
  for (const std::string& note : plan.notes) text += "\nnote: " + messages::shown(note) + "\n";
  for (const std::string& warning : plan.warnings) {
    text += "\nwarning: " + messages::shown(warning) + "\n";
  }
}

}  // namespace

Explanation of_capsules(const survey::Options& options, const programs::Program* program,
                        Form form) {
  std::vector<survey::Options> capsules = settings::capsules_for(options, program);
  std::vector<survey::Options> with_plans;
  std::vector<std::unique_ptr<survey::Survey>> surveys;
  Explanation explanation;
  const programs::Program* planned = program == nullptr ? nullptr : programs::planned_for(*program);
  for (const survey::Options& capsule : capsules) {
    if (!capsule.plugins.empty()) add_plugins(capsule, form, explanation);
    if (survey::is_for_plugins_alone(capsule)) continue;
    with_plans.push_back(capsule);
    surveys.push_back(settings::survey_of(capsule, planned));
    add_capsule(capsule, *surveys.back(), form, explanation);
  }
  settings::refuse_conflicts(with_plans, surveys);
  if (form == Form::json) return explanation;
  if (capsules.empty()) explanation.text = options.config + ": the program gets no capsule\n";
  for (const survey::Options& capsule : capsules) {
    if (!capsule.tree_note.empty()) {
      explanation.text += "\nnote: " + messages::shown(capsule.tree_note) + "\n";
    }
  }
  for (const std::string& warning : settings::warnings_of(with_plans, surveys)) {
    explanation.text += "\nwarning: " + messages::shown(warning) + "\n";
  }
  return explanation;
}

Explanation of_tools(const std::vector<std::string>& tools, const survey::Options& options,
                     const programs::Program& program, Form form) {
  Explanation explanation;
  for (const std::string& tool : tools) add_tool(tool, options, program, form, explanation);
  return explanation;
}

}  // namespace bulkhead::explanation
