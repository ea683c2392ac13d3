#include "seccomp/selector.h"

#include "arch/machine.h"
#include "base/text.h"
#include "elf/glibc.h"

namespace bulkhead::seccomp {
namespace {

constexpr std::string_view kCapsule = "capsule:", kLibrary = "library:";

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
  if (soname == elf::kLibc || soname == arch::Native::kLoader) return false;
  bool by_path = name.find('/') != std::string_view::npos;
  return fits_pattern(name, by_path ? path : soname);
}

}  // namespace bulkhead::seccomp
