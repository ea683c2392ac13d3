#include "trees/from_image.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "base/text.h"
#include "messages/failure.h"
#include "survey/installation.h"
#include "trees/child.h"

namespace bulkhead::trees {
namespace {

using messages::Failure;

constexpr const char* kUnpacker = "bulkhead-unpack";

// What the unpacker says on its output, line by line: a word, and what it means.
//
//   step TEXT         what it does now
//   at DONE TOTAL     how far it is, in bytes
//   say TEXT          a sentence for the user
//   warn TEXT         the same, of what is wrong
//   result JSON       the end: image, digest, layers; or same
//   error TEXT        the end: it has failed
struct Answer {
  std::string result, error;
};

void take(std::string_view line, Answer& answer, Progress& progress) {
  std::string_view rest = line;
  const std::string_view word = split_off(rest, ' ');
  if (word == "step") progress.step(std::string(rest));
  if (word == "say") progress.say(std::string(rest));
  if (word == "warn") progress.warn(std::string(rest));
  if (word == "result") answer.result = rest;
  if (word == "error") answer.error = rest;
  if (word != "at") return;
  std::uint64_t done = 0, total = 0;
  if (parse_number(split_off(rest, ' '), done) && parse_number(rest, total)) {
    progress.at(done, total);
  }
}

Answer unpack(const std::string& unpacker, const std::string& image, const std::string& digest,
              const Making& making, Progress& progress) {
  Fd errors = make_log(making.scratch());
  Pipe pipe = make_pipe();
  Child child({unpacker, image, making.files(), making.scratch(), digest},
              {.out = pipe.writer.get(), .errors = errors.get()});
  pipe.writer.reset();
  Answer answer;
  Lines lines(pipe.reader.get());
  for (std::string line; lines.next(line);) take(line, answer, progress);
  const int status = child.wait();
  if (status == 0 && !answer.result.empty()) return answer;
  if (!answer.error.empty()) throw Failure(answer.error);
  const std::string said(trimmed(read_log(errors.get())));
  throw Failure(image + ": " + kUnpacker + " ended with status " + std::to_string(status) +
                (said.empty() ? "" : ": " + said));
}

}  // namespace

std::optional<Manifest> fill_from_image(const Manifest& wish, const Manifest* before,
                                        const Making& making, Progress& progress) {
  const std::string unpacker = survey::own_program(kUnpacker);
  if (unpacker.empty()) {
    throw Failure(std::string("--image: this bulkhead was built without ") + kUnpacker +
                  ", which unpacks images (by libarchive); unpack it by other means, and say "
                  "--from DIR");
  }
  const std::string known = before == nullptr ? "" : before->digest;
  const Answer answer = unpack(unpacker, wish.path, known, making, progress);
  Manifest made = wish;
  try {
    const nlohmann::json result = nlohmann::json::parse(answer.result);
    if (result.contains("same")) return std::nullopt;
    result.at("image").get_to(made.image);
    result.at("digest").get_to(made.digest);
    result.at("layers").get_to(made.layers);
  } catch (const nlohmann::json::exception& error) {
    throw Failure(std::string(kUnpacker) + ": is of another release: " + error.what());
  }
  return made;
}

}  // namespace bulkhead::trees
