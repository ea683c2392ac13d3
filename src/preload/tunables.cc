#include "preload/tunables.h"

#include <cstdlib>

namespace bulkhead::preload {
namespace {

constexpr std::string_view kStaticTls = "glibc.rtld.optional_static_tls=";

}  // namespace

std::string with_static_tls(std::string_view existing, unsigned long bytes) {
  std::string merged;
  auto append = [&](std::string_view entry) {
    if (!merged.empty()) merged += ':';
    merged += entry;
  };
  while (!existing.empty()) {
    std::size_t end = existing.find(':');
    std::string_view entry = existing.substr(0, end);
    existing = end == std::string_view::npos ? std::string_view{} : existing.substr(end + 1);
    if (entry.starts_with(kStaticTls)) {
      // In any base, as ld.so reads it. Of several the last one counts.
      unsigned long given =
          std::strtoul(std::string(entry.substr(kStaticTls.size())).c_str(), nullptr, 0);
      if (given > bytes) bytes = given;
    } else if (!entry.empty()) {
      append(entry);
    }
  }
  append(std::string(kStaticTls) + std::to_string(bytes));
  return merged;
}

}  // namespace bulkhead::preload
