#include "survey/json_values.h"

namespace bulkhead::survey {

std::vector<std::pair<std::size_t, std::size_t>> values_of(std::string_view json,
                                                           std::string_view key) {
  std::vector<std::pair<std::size_t, std::size_t>> values;
  const std::string quoted = '"' + std::string(key) + '"';
  for (std::size_t at = 0; (at = json.find(quoted, at)) != std::string_view::npos;) {
    at += quoted.size();
    const std::size_t colon = json.find_first_not_of(" \t\r\n", at);
    if (colon == std::string_view::npos || json[colon] != ':') continue;
    const std::size_t start = json.find_first_not_of(" \t\r\n", colon + 1);
    if (start == std::string_view::npos || json[start] != '"') continue;
    const std::size_t end = json.find('"', start + 1);
    if (end == std::string_view::npos) break;
    values.emplace_back(start + 1, end);
    at = end + 1;
  }
  return values;
}

}  // namespace bulkhead::survey
