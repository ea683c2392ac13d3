// libbulkhead-config.so.0: what a file for --config says of a capsule, as a request. The answer
// is that of `bulkhead run --config` for the program that is running, byte for byte, but for
// plugins: `run` has a capsule of its own for them.
#include <cerrno>
#include <exception>
#include <string>

#include "config/running_program.h"
#include "handoff/config_library.h"
#include "messages/failure.h"
#include "settings/capsules.h"

namespace bulkhead::config {
namespace {

using handoff::ConfigAnswer;
using handoff::ConfigQuestion;

// The one that is meant.
const survey::Options& choose(const std::vector<survey::Options>& capsules,
                              const std::string& file) {
  if (capsules.size() == 1) return capsules.front();
  if (capsules.empty()) {
    throw messages::Failure(file + ": it has no capsule for this program", messages::kFailed,
                            Fault::missing);
  }
  std::string names;
  for (const survey::Options& each : capsules) names += (names.empty() ? "" : ", ") + each.name;
  throw messages::Failure(file + ": it has several capsules for this program (" + names +
                              "); name the one that is meant",
                          messages::kFailed, Fault::missing);
}

std::string request_for(const ConfigQuestion& question) {
  survey::Options line;
  line.config = question.file;
  line.may_expose_nothing = true;
  line.library_directory = question.own_directory;
  if (question.capsule != nullptr) line.capsules = {question.capsule};
  const programs::Program program = running_program();
  const std::vector<survey::Options> capsules = settings::capsules_for(line, &program);
  const std::unique_ptr<survey::Survey> survey =
      settings::survey_of(choose(capsules, question.file), &program);
  survey->require_complete();
  return std::string(survey->request());
}

std::int32_t code_of(Fault fault) { return 1 + static_cast<std::int32_t>(fault); }

std::int32_t answer_to(const ConfigQuestion& question, std::string& text) {
  try {
    text = request_for(question);
    return 0;
  } catch (const messages::Failure& failure) {
    text = failure.what();
    return code_of(failure.fault());
  } catch (const std::exception& exception) {  // memory, a path that cannot be represented
    text = std::string(question.file) + ": " + exception.what();
    return code_of(Fault::system);
  }
}

}  // namespace
}  // namespace bulkhead::config

extern "C" __attribute__((visibility("default"))) std::int32_t bulkhead_config_request(
    const bulkhead::handoff::ConfigQuestion* question,
    const bulkhead::handoff::ConfigAnswer* answer) {
  const int saved = errno;
  std::string text;
  std::int32_t code = 0;
  if (question->size != sizeof *question) {
    text =
        "libbulkhead-config.so.0: is of another release than libbulkhead.so.0; install both anew";
    code = 1 + static_cast<std::int32_t>(bulkhead::Fault::unsupported);
  } else {
    code = bulkhead::config::answer_to(*question, text);
  }
  answer->put(answer->context, text.data(), text.size());
  errno = saved;
  return code;
}
