// Any bytes as the request that a shim carries: read, then written and read again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "handoff/handoff.h"

using namespace bulkhead;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

bool same(std::span<const std::string_view> a, std::span<const std::string_view> b) {
  return std::ranges::equal(a, b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Arena arena;
  Result<handoff::Request> request =
      handoff::decode(arena, {reinterpret_cast<const char*>(data), size});
  if (!request) return 0;
  std::string_view bytes = handoff::encode(arena, *request);
  Result<handoff::Request> again = handoff::decode(arena, bytes);
  expect(again.has_value());
  expect(again->tree == request->tree && same(again->expose, request->expose) &&
         same(again->share, request->share) && same(again->keep_private, request->keep_private) &&
         same(again->map, request->map) && again->native_on_failure == request->native_on_failure &&
         again->keep_from_children == request->keep_from_children);
  expect(handoff::encode(arena, *again) == bytes);
  return 0;
}
