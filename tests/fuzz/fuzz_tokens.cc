// Any bytes as texts with tokens, as patterns, as names, as a dynamic linker's constants and as
// something to be printed.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/printable.h"
#include "base/text.h"
#include "resolve/ld_cache.h"
#include "resolve/ld_conf.h"
#include "resolve/linker_defaults.h"
#include "resolve/tokens.h"

using namespace bulkhead;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

// An escaped text has nothing left to be escaped.
void print(std::string_view text) {
  std::string shown;
  for_each_printable(text, [&](std::string_view piece) { shown += piece; });
  expect(printable_size(shown) == shown.size());
  expect(shown.find_first_of("\x1b\n\r\x7f") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Arena arena;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  print(all);
  std::string_view rest = all;
  const std::string_view first = split_off(rest, '\f');
  const std::string_view second = split_off(rest, '\f');
  for (const resolve::Tokens& tokens :
       {resolve::Tokens{"/opt/origin", "lib64", "haswell"}, resolve::Tokens{{}, "lib", {}}}) {
    const std::string_view expanded = resolve::expand(arena, first, tokens);
    if (first.find('$') == std::string_view::npos) expect(expanded == first);
  }
  const resolve::LinkerDefaults defaults = resolve::defaults_of_linker(arena, all);
  for (std::string_view each : defaults.directories) expect(each.starts_with('/'));
  expect(defaults.cache.empty() || defaults.cache.starts_with('/'));
  static_cast<void>(resolve::matches_pattern(first, second));
  static_cast<void>(fits_pattern(first, second));
  const int order = resolve::compare_library_names(first, second);
  const int turned = resolve::compare_library_names(second, first);
  expect((order < 0) == (turned > 0) && (order == 0) == (turned == 0));
  std::uint64_t number = 0;
  static_cast<void>(parse_number(second, number));
  return 0;
}
