// The contract between libbulkhead.so.0 and libbulkhead-config.so.0, which reads files for
// --config where libbulkhead.so.0 cannot: with a TOML parser, exceptions and a heap.
//
// libbulkhead.so.0 opens it from its own directory, asks one question and closes it. Both come
// from one release; `size` tells apart what was mixed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bulkhead::handoff {

inline constexpr char kConfigLibrary[] = "libbulkhead-config.so.0";
inline constexpr char kConfigFunction[] = "bulkhead_config_request";

struct ConfigQuestion {
  std::uint32_t size;         // sizeof(ConfigQuestion)
  const char* file;           // a relative one counts from the working directory
  const char* capsule;        // its name in the file; null: the only one that there is
  const char* own_directory;  // where libbulkhead.so.0 and its kin are
};

// Called exactly once, before the function returns: the bytes of an encoded Request, or an
// error's text in UTF-8. They are gone afterwards. `put` must not throw.
struct ConfigAnswer {
  void* context;
  void (*put)(void* context, const char* bytes, std::size_t size);
};

// 0: the answer is a request. Else it is an error's text, and this is 1 + its Fault. Thread-safe.
using ConfigFunction = std::int32_t(const ConfigQuestion* question, const ConfigAnswer* answer);

}  // namespace bulkhead::handoff
