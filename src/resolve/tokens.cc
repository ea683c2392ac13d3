#include "resolve/tokens.h"

#include <limits.h>

#include "base/list.h"
#include "base/text.h"

namespace bulkhead::resolve {
namespace {

bool continues_identifier(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// How many characters after '$' are the token `name`; 0 if they are something else.
std::size_t token_length(std::string_view text, std::string_view name) {
  const bool braces = text.starts_with('{');
  if (braces) text = drop(text, 1);
  if (!text.starts_with(name)) return 0;
  std::string_view rest = drop(text, name.size());
  if (braces) return rest.starts_with('}') ? name.size() + 2 : 0;
  return rest.empty() || !continues_identifier(rest.front()) ? name.size() : 0;
}

}  // namespace

std::string_view expand(Arena& arena, std::string_view text, const Tokens& tokens) {
  if (text.find('$') == std::string_view::npos) return text;
  const struct {
    std::string_view name;
    std::string_view value;
  } known[] = {{"ORIGIN", tokens.origin}, {"LIB", tokens.lib}, {"PLATFORM", tokens.platform}};
  List<char> result(arena);
  while (!text.empty()) {
    std::size_t dollar = text.find('$');
    result.append(take(text, dollar));
    if (dollar == std::string_view::npos) break;
    text = drop(text, dollar + 1);
    std::size_t length = 0;
    for (const auto& token : known) {
      length = token_length(text, token.name);
      if (length == 0) continue;
      if (token.value.empty()) return {};
      result.append(token.value);
      text = drop(text, length);
      break;
    }
    if (length == 0) result.push_back('$');
  }
  if (result.size() >= PATH_MAX) return {};
  return arena.copy({result.begin(), result.size()});
}

}  // namespace bulkhead::resolve
