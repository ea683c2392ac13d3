// What is loaded in a namespace.
#pragma once

#include <link.h>

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::capsule {

struct Item {
  link_map* object;         // in the capsule's namespace: what handles of it are
  const link_map* library;  // itself; of a shared one in the base
  std::string_view name;
  bool shared;
};

// Calls `visit` for each library of a capsule that is open, mirrors among them and other generated
// images not, until it returns something other than 0, which is returned. ld.so's lock is held.
int for_each_library(Arena& arena, const Capsule& capsule, int (*visit)(const Item&, void*),
                     void* data);

using PhdrCallback = int (*)(dl_phdr_info*, std::size_t, void*);

// dl_iterate_phdr for a namespace, without generated images. Errors: the namespace is not in use.
Result<int> iterate_over_namespace(Arena& arena, Lmid_t space, PhdrCallback callback, void* data);

}  // namespace bulkhead::capsule
