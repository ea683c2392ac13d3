// bh_error_*: errors that leave the interface, and structures that enter it.
#include <sys/mman.h>

#include <cstring>

#include "api/interface.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/text.h"

// In pages of its own, with the text after it.
struct bh_error {
  std::size_t size;
  bh_code code;
  int number;
};

namespace bulkhead::api {
namespace {

bh_code code_of(Fault fault) {
  switch (fault) {
    case Fault::malformed: return BH_MALFORMED;
    case Fault::limit: return BH_LIMIT;
    case Fault::system: return BH_SYSTEM;
    case Fault::missing: return BH_MISSING;
    case Fault::unsupported: return BH_UNSUPPORTED;
    case Fault::conflict: return BH_CONFLICT;
  }
  return BH_SYSTEM;
}

bh_code write(bh_code code, int number, std::string_view text, bh_error** to) {
  if (to == nullptr) return code;
  std::size_t size = sizeof(bh_error) + text.size() + 1;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    *to = nullptr;
    return code;
  }
  *to = new (memory) bh_error{size, code, number};
  std::memcpy(reinterpret_cast<char*>(*to + 1), text.data(), text.size());  // the rest is zero
  return code;
}

}  // namespace

bh_code report(const Error& error, bh_error** to) {
  Arena arena;
  return write(code_of(error.fault), error.number, render(arena, error), to);
}

bh_code report_argument(std::string_view text, bh_error** to) {
  return write(BH_ARGUMENT, 0, text, to);
}

bh_code report_later(std::string_view function, std::string_view what, bh_error** to) {
  Arena arena;
  return report({Fault::unsupported,
                 0,
                 join(arena, {"was given ", what, " that this release does not know"}),
                 function,
                 {},
                 "do without them, or install the release of bulkhead that has them"},
                to);
}

bh_code read_structure(std::string_view function, const void* given, std::size_t first, void* to,
                       std::size_t known, bh_error** error) {
  // No release will have more; what was not set must not be taken for it.
  constexpr std::size_t kMost = 4096;
  std::size_t size = 0;
  std::memcpy(&size, given, sizeof size);
  if (size < first || size > kMost) {
    Arena arena;
    return report_argument(join(arena, {function, ": a structure whose size was not set"}), error);
  }
  const auto* bytes = static_cast<const unsigned char*>(given);
  for (std::size_t i = known; i < size; ++i) {
    if (bytes[i] != 0) return report_later(function, "members", error);
  }
  std::memcpy(to, given, size < known ? size : known);
  return BH_OK;
}

}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_code bh_error_code(const bh_error* error) {
  return error != nullptr ? error->code : BH_OK;
}

__attribute__((visibility("default"))) const char* bh_error_text(const bh_error* error) {
  return error != nullptr ? reinterpret_cast<const char*>(error + 1) : "no memory for the error";
}

__attribute__((visibility("default"))) int bh_error_number(const bh_error* error) {
  return error != nullptr ? error->number : 0;
}

__attribute__((visibility("default"))) void bh_error_free(bh_error* error) {
  bulkhead::KeepErrno keep;
  if (error != nullptr) ::munmap(error, error->size);
}

__attribute__((visibility("default"))) unsigned bh_version() { return BH_VERSION; }
}
