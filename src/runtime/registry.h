// The capsules of this process, one for each request.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::runtime {

// The capsule of a request; null if there is none yet. Thread-safe.
capsule::Capsule* find_capsule(std::string_view request_bytes);

struct Registered {
  capsule::Capsule* capsule;
  bool is_new;  // for the one caller that made it
  bool beyond;  // glibc has no namespace left for it
};

// An attempt to open a capsule of the interface: register_request makes it, and it ends with this.
// One that could not be opened gives its place to another one, once nobody tries any more.
class Attempt {
 public:
  explicit Attempt(capsule::Capsule& capsule) : capsule_(capsule) {}
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

 private:
  capsule::Capsule& capsule_;
};

// The same, made if there is none; it is not open then. Asks ld.so where this library lies: no
// lock may be held. `adopt`: the namespace that it is to be, if somebody else has made that; else
// LM_ID_NEWLM. `found_by_name`: see Capsule. One of the interface's is for an Attempt; if it is
// beyond, that is an error. Thread-safe. Errors: a request that cannot be read.
Result<Registered> register_request(Arena& arena, std::string_view request_bytes,
                                    bool found_by_name, Lmid_t adopt = LM_ID_NEWLM);

// The absolute path of the directory in which this library lies, in `arena`; of the installed one
// where a link in a directory of shims leads to it. Made anew each time, so ask before the program
// can have changed its working directory. Asks ld.so: no lock may be held.
std::string_view own_directory(Arena& arena);

using capsule::no_namespace_left;

}  // namespace bulkhead::runtime
