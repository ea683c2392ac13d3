#include "seccomp/selector.h"

#include "arch/machine.h"
#include "base/text.h"

namespace bulkhead::seccomp {
namespace {

constexpr std::string_view kCapsule = "capsule:", kLibrary = "library:";
constexpr std::string_view kLibc = "libc.so.6";

// fnmatch(3) asks the locale. After a mismatch the last * takes one character more; an earlier one
// never has to.
bool fits(std::string_view pattern, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0, t = 0, star = kNone, star_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

std::optional<Selector> Selector::parse(std::string_view text) {
  if (text == "tool") return Selector{Kind::tool, {}};
  if (text == "libc") return Selector{Kind::libc, {}};
  if (text == "program") return Selector{Kind::program, {}};
  if (text == "default") return Selector{Kind::elsewhere, {}};
  if (text.starts_with(kCapsule) && text.size() > kCapsule.size()) {
    return Selector{Kind::capsule, drop(text, kCapsule.size())};
  }
  if (text.starts_with(kLibrary) && text.size() > kLibrary.size()) {
    return Selector{Kind::library, drop(text, kLibrary.size())};
  }
  return {};
}

bool Selector::fits_library(std::string_view soname, std::string_view path) const {
  if (kind != Kind::library) return false;
  if (soname == kLibc || soname == arch::Native::kLoader) return false;
  bool by_path = name.find('/') != std::string_view::npos;
  return fits(name, by_path ? path : soname);
}

}  // namespace bulkhead::seccomp
