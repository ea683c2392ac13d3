// The capsules of this process, as the runtime makes them.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/registered.h"

namespace bulkhead::api {

using capsule::Attempt;
using capsule::no_namespace_left;
using capsule::Registered;

// The capsule of a request; null if there is none yet. Thread-safe.
capsule::Capsule* find_capsule(std::string_view request_bytes);

// The same, made if there is none; it is not open then. Asks ld.so where this library lies: no
// lock may be held. `adopt`: the namespace that it is to be, if somebody else has made that; else
// LM_ID_NEWLM. `found_by_name`: see capsule::Origin. The rest as with capsule::register_capsule.
// Thread-safe. Errors: a request that cannot be read.
Result<Registered> register_request(Arena& arena, std::string_view request_bytes,
                                    bool found_by_name, Lmid_t adopt = LM_ID_NEWLM);

// The absolute path of the directory in which this library lies, in `arena`; of the installed one
// where a link in a directory of shims leads to it. Made anew each time, so ask before the program
// can have changed its working directory. Asks ld.so: no lock may be held.
std::string_view own_directory(Arena& arena);

}  // namespace bulkhead::api
