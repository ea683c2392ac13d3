#include "resolve/linker_defaults.h"

#include "base/list.h"
#include "base/text.h"

namespace bulkhead::resolve {
namespace {

bool is_printable(char c) { return c > ' ' && c <= '~'; }

// The text at the end of these bytes.
std::string_view text_in(std::string_view bytes) {
  std::size_t begin = bytes.size();
  while (begin > 0 && is_printable(bytes[begin - 1])) --begin;
  return drop(bytes, begin);
}

bool is_library_directory(std::string_view text) {
  return text.size() > 2 && text.starts_with('/') && text.ends_with('/') &&
         text.find("/lib") != std::string_view::npos;
}

}  // namespace

LinkerDefaults defaults_of_linker(Arena& arena, std::string_view bytes) {
  constexpr std::string_view kCache = "/ld.so.cache";
  constexpr std::size_t kMost = 1U << 22U;  // a dynamic linker has some 200 KB
  bytes = take(bytes, kMost);
  LinkerDefaults defaults;
  List<std::string_view> run(arena), longest(arena);
  while (!bytes.empty()) {
    std::string_view piece = split_off(bytes, '\0');
    std::string_view text = text_in(piece);
    if (defaults.cache.empty() && text.starts_with('/') && text.ends_with(kCache)) {
      defaults.cache = arena.copy(text);
    }
    const bool fits = is_library_directory(text);
    // All but the first begin where the one before ended.
    if (!fits || text.size() != piece.size()) run = List<std::string_view>(arena);
    if (fits) run.push_back(arena.copy(take(text, text.size() - 1)));
    if (run.size() > longest.size()) longest = run;
  }
  defaults.directories = longest.view();
  return defaults;
}

}  // namespace bulkhead::resolve
