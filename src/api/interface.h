// What the files of the C interface have in common.
#pragma once

#include <bulkhead/bulkhead.h>

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::api {

// Describes an error to the caller of the interface, in memory of its own. The code to return.
bh_code report(const Error& error, bh_error** to);
bh_code report_argument(std::string_view text, bh_error** to);
// What only a later release knows was asked for: `what` are "flags", or "members".
bh_code report_later(std::string_view function, std::string_view what, bh_error** to);

// Sizes of structures in the first release that has them: no caller knows less.
inline constexpr std::size_t kFirstOptions = 72;      // bh_capsule_options
inline constexpr std::size_t kFirstHookRequest = 56;  // bh_hook_request

// Copies a structure whose first member is `size` from a caller who may know less of it than this
// release, or more: by the rule in <bulkhead/bulkhead.h>. `first` is one of the above, `known` what
// this release has; `to` is zero before.
bh_code read_structure(std::string_view function, const void* given, std::size_t first, void* to,
                       std::size_t known, bh_error** error);
template <class Structure>
bh_code read_structure(std::string_view function, const void* given, std::size_t first,
                       Structure& to, bh_error** error) {
  return read_structure(function, given, first, &to, sizeof to, error);
}

inline capsule::Capsule& capsule_of(const bh_capsule* capsule) {
  return *reinterpret_cast<capsule::Capsule*>(const_cast<bh_capsule*>(capsule));
}
inline bh_capsule* as_handle(capsule::Capsule* capsule) {
  return reinterpret_cast<bh_capsule*>(capsule);
}

// Opens the capsule of a request, or joins it, and exposes what that says.
Result<capsule::Capsule*> open_request(Arena& arena, const handoff::Request& request);

// The beginning of names that bulkhead gives to capsules itself.
inline constexpr char kReservedName = '#';

}  // namespace bulkhead::api
