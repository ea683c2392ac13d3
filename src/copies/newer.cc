#include "copies/newer.h"

#include <optional>

#include "base/text.h"
#include "elf/hash.h"

namespace bulkhead::copies {
namespace {

// The first version that one defines and the other lacks; empty if there is none.
std::string_view extra_version(const elf::Object& one, const elf::Object& other) {
  for (const elf::VersionDefinition& each : one.versions.definitions()) {
    if ((each.flags & VER_FLG_BASE) == 0 && !other.versions.defines(each.name)) return each.name;
  }
  return {};
}

std::string_view extra_symbol(const elf::Object& one, const elf::Object& other) {
  for (elf::SymbolIndex i : one.symbols.indices()) {
    if (!elf::is_exported(one.symbols[i])) continue;
    const elf::SymbolName name = one.symbols.name(i);
    if (!other.find(name, one.versions.name(i))) return name.text();
  }
  return {};
}

// Reads to the end of the next number; nothing if there is none.
std::optional<std::uint64_t> next_number(std::string_view& text) {
  auto digits = [&] {
    std::size_t size = 0;
    while (size < text.size() && text[size] >= '0' && text[size] <= '9') ++size;
    return size;
  };
  while (!text.empty() && digits() == 0) text = drop(text, 1);
  const std::size_t size = digits();
  std::uint64_t number = 0;
  if (!parse_number(take(text, size), number)) return {};
  text = drop(text, size);
  return number;
}

}  // namespace

Newer compare_exports(const elf::Object& first, const elf::Object& second) {
  for (auto* extra : {&extra_version, &extra_symbol}) {
    const std::string_view of_first = extra(first, second), of_second = extra(second, first);
    if (of_first.empty() == of_second.empty()) continue;
    return of_second.empty() ? Newer{1, of_first} : Newer{-1, of_second};
  }
  return {};
}

int compare_numbers(std::string_view first, std::string_view second) {
  for (;;) {
    const std::optional<std::uint64_t> one = next_number(first), other = next_number(second);
    if (!one && !other) return 0;
    if (one != other) return one < other ? -1 : 1;  // nothing is less than any number
  }
}

}  // namespace bulkhead::copies
