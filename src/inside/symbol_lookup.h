// What dlsym finds inside a capsule, beyond what ld.so's own search does.
//
// ld.so searches by handle in what its objects need. A mirror needs nothing, while the library that
// it stands for does: libpthread.so.0 is empty since glibc 2.34, and natively its handle leads to
// libc.so.6. And in an isolated capsule libc's own definition of a name is not what a call of that
// name reaches.
#pragma once

#include <link.h>

#include <string_view>

#include "base/arena.h"
#include "capsule/capsule.h"

namespace bulkhead::inside {

// One call of dlsym or dlvsym. Asks ld.so; what is not found leaves a message for dlerror.
struct Question {
  // glibc's function; dlsym does not look at a version, which is null then.
  using Lookup = void* (*)(void* handle, const char* name, const char* version);

  Lookup lookup;
  const char* name;
  const char* version;

  void* in(void* handle) const { return lookup(handle, name, version); }

  // In the library that is loaded in a namespace under that path, and what that needs; null if
  // nothing is. `path` ends with a zero.
  void* in_loaded(Lmid_t space, std::string_view path) const;

  // In what the capsule has loaded under that path or SONAME, and what that needs; null if nothing
  // is. `path` ends with a zero. The capsule's namespace is known.
  void* in_library(const capsule::Capsule& capsule, std::string_view path) const;
};

// What belongs to the search by the handle of a mirror beside the mirror itself: the mirrors of
// what the base's library needs, breadth first; in an isolated capsule also its own libc. Null if
// it is not there, or the handle is no mirror's.
void* find_behind_mirror(capsule::Capsule& capsule, const Question& question, link_map* handle);

// Of an isolated capsule: what stands there in front of its own libc (isolation/isolate.h,
// isolation/own_heap.h). Null if it is not one of those names, or the capsule is not isolated.
void* find_in_programs_names(const capsule::Capsule& capsule, const Question& question);

// Whether that is an address in the own glibc of an isolated capsule.
bool is_in_own_glibc(const capsule::Capsule& capsule, const void* address);

}  // namespace bulkhead::inside
