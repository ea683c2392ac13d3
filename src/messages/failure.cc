#include "messages/failure.h"

#include "base/text.h"

namespace bulkhead::messages {

Failure Failure::of_several(const std::vector<std::string>& sentences, Fault fault) {
  std::string text;
  for (const std::string& sentence : sentences) {
    text += (text.empty() ? "" : "\n") + shown(sentence);
  }
  return {AsItIs{}, text, kFailed, fault, {}};
}

std::vector<std::string> Failure::sentences() const {
  std::vector<std::string> all;
  std::string_view rest = what();
  do {
    all.emplace_back(split_off(rest, '\n'));
  } while (!rest.empty());
  return all;
}

Failure Failure::in(const std::string& whose) const {
  return {AsItIs{}, shown(whose) + ": " + what(), status_, fault_, subject_};
}

Failure Failure::at(const std::string& place) const {
  Failure placed = in(place);
  placed.place_ = place;
  return placed;
}

}  // namespace bulkhead::messages
