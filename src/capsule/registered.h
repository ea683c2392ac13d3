// The capsules of this process, one for each request.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"
#include "capsule/capsule.h"
#include "elf/glibc.h"

namespace bulkhead::capsule {

// glibc allows 16 namespaces, one of which is the base.
inline constexpr std::size_t kMaxCapsules = elf::kMaxCapsules;

// What to say where glibc has no namespace for one.
Error no_namespace_left();

// All capsules that have a namespace, or may get one. Async-signal-safe.
std::span<Capsule* const> registered_capsules();

// The capsule of a request; null if there is none yet. Thread-safe.
Capsule* find_capsule(std::string_view request_bytes);

struct Registered {
  Capsule* capsule;
  bool is_new;  // for the one caller that made it
  bool beyond;  // glibc has no namespace left for it
};

// An attempt to open a capsule of the interface: join_capsule or register_capsule begins it, and it
// ends with this. A capsule that could not be opened gives its place to another one, once nobody
// tries any more.
class Attempt {
 public:
  explicit Attempt(Capsule& capsule) : capsule_(capsule) {}
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

 private:
  Capsule& capsule_;
};

// find_capsule, and an Attempt if it is one of the interface's.
Capsule* join_capsule(std::string_view request_bytes);

// Makes a new capsule known, before it is opened: its constructors call hooks. Takes it over: it is
// destroyed if there is one of that request by now, which is returned, or with an error. One of the
// interface's is for an Attempt; if it is beyond, that is an error. Thread-safe.
Result<Registered> register_capsule(Capsule* made);

// In a constructor of a capsule that this thread is opening: settles which namespace that is.
void find_roots();

}  // namespace bulkhead::capsule
