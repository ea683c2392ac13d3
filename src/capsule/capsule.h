// Capsules: one linker namespace with its libraries, what is shared into it and what is
// exposed out of it.
//
// A capsule is made once and lives as long as the process: namespaces cannot be given
// back safely (libraries that are never unloaded keep them), and exposed addresses are
// in the program's tables for ever.
//
// This is its record, and does nothing. Its parts have rules of their own about threads; what is
// not said to change does not, once the capsule is registered.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/lock.h"
#include "base/result.h"
#include "capsule/bound_shims.h"
#include "capsule/contents.h"
#include "capsule/hook.h"
#include "capsule/isolation.h"
#include "capsule/memory.h"
#include "capsule/namespace.h"
#include "capsule/use.h"
#include "handoff/handoff.h"

namespace bulkhead::capsule {

// What the base's ld.so does by itself, as its libc.so.6 says by versions without symbols.
struct LoaderAbilities {
  bool packed_relocations = true;  // DT_RELR
  bool tls_registers = true;       // TLS descriptors keep all registers
  bool finds_objects = true;       // for unwinders, in every namespace (_dl_find_object, 2.35)
};

// Of a capsule whose libraries end after the program's: see turns/endings.h.
class Ending {
 public:
  bool has_begun() const { return __atomic_load_n(&begun_, __ATOMIC_ACQUIRE); }
  // `shims`: how many have to end before its libraries do. For the one thread that ends a process.
  void begin(std::size_t shims) {
    shims_ = shims;
    __atomic_store_n(&begun_, true, __ATOMIC_RELEASE);
  }
  // Whether that was the last one.
  bool end_shim() { return --shims_ == 0; }

 private:
  bool begun_ = false;
  std::size_t shims_ = 0;
};

// What a capsule is made from.
struct Origin {
  std::string_view request_bytes;
  std::string_view runtime_directory;  // where libbulkhead.so.0 and compat are
  const HookTable& hooks;              // what glibc's functions mean inside
  bool found_by_name = false;    // its shims are where ld.so looks for the program's libraries
  Lmid_t adopted = LM_ID_NEWLM;  // the namespace that it is to be, if somebody else has made it
};

class Capsule {
 public:
  explicit Capsule(const Origin& origin)
      : hooks_(origin.hooks),
        found_by_name_(origin.found_by_name),
        adopted_(origin.adopted != LM_ID_NEWLM) {}

  const handoff::Request& request() const { return request_; }
  std::string_view request_bytes() const { return request_bytes_; }
  std::string_view runtime_directory() const { return runtime_directory_; }
  const HookTable& hooks() const { return hooks_; }
  bool found_by_name() const { return found_by_name_; }
  // The program gets the libraries in Request::expose without having been started with shims of
  // them: see outside/late_exposure.h.
  bool exposes_late() const { return __atomic_load_n(&exposes_late_, __ATOMIC_ACQUIRE); }
  void expose_late() { __atomic_store_n(&exposes_late_, true, __ATOMIC_RELEASE); }
  // Its namespace is one that somebody else has made.
  bool is_adopted() const { return adopted_; }
  // Among those that are registered: see registered.h.
  unsigned number() const { return number_; }

  Namespace& space() { return space_; }
  const Namespace& space() const { return space_; }
  Contents& contents() { return contents_; }
  const Contents& contents() const { return contents_; }
  BoundShims& shims() { return shims_; }
  const BoundShims& shims() const { return shims_; }
  Use& use() { return use_; }
  Ending& ending() { return ending_; }
  const Ending& ending() const { return ending_; }

  // Null for a capsule that shares the program's libc.
  Isolation* isolation() { return request_.isolated ? &isolation_ : nullptr; }
  const Isolation* isolation() const { return request_.isolated ? &isolation_ : nullptr; }

  // The shim of a tool that is preloaded (shims/interposer.h); null for other capsules.
  const handoff::ShimHeader* interposer() const { return shims_.interposer(); }

  // The base's function behind each hook, by its number: found when the library that has it is
  // mirrored for the first time, before any code of the capsule runs. What a preloaded tool goes on
  // to stands behind its interposer.
  std::span<const void*> originals() const { return originals_; }

  // It could not be opened, and this system's libraries stand in: see shims/native.h.
  bool is_native() const { return __atomic_load_n(&native_, __ATOMIC_ACQUIRE); }
  void stand_in_natively() { __atomic_store_n(&native_, true, __ATOMIC_RELEASE); }

  // Known from the first opening on, before the namespace is published.
  const LoaderAbilities& ld_so() const { return ld_so_; }
  void learn(const LoaderAbilities& abilities) { ld_so_ = abilities; }

  // Calls `work(Arena&)`, with the lock: for what is to live as long as the capsule.
  template <class Work>
  decltype(auto) keep(Work work) {
    Locked locked(memory_.lock);
    return work(memory_.arena);
  }

 private:
  friend Result<Capsule*> make_capsule(const Origin& origin);
  friend class Registry;

  mutable Memory memory_;
  std::string_view request_bytes_;
  handoff::Request request_;
  std::string_view runtime_directory_;
  const HookTable& hooks_;
  bool found_by_name_;
  bool adopted_;
  bool native_ = false;
  bool exposes_late_ = false;
  unsigned number_ = 0;
  LoaderAbilities ld_so_;
  std::span<const void*> originals_ = memory_.arena.array<const void*>(arch::Native::kMaxHooks);
  Namespace space_;
  Contents contents_{memory_};
  BoundShims shims_{memory_};
  Isolation isolation_;
  Use use_;
  Ending ending_;
};

// Makes the record of a capsule that is not open yet, and that nobody else knows.
Result<Capsule*> make_capsule(const Origin& origin);

// Of one that nobody else knows.
void destroy_capsule(Capsule* capsule);

// Request::library_path, joined by ':'.
std::string_view library_path_of(Arena& arena, const Capsule& capsule);

// What to search for in the tree to find an exposed library: its name, or what the request says.
std::string_view file_of(const Capsule& capsule, std::string_view exposed);

// Whether the capsule takes that library from the base.
bool shares(const Capsule& capsule, std::string_view name);

// Whether an isolated capsule has that library of glibc's as its own.
bool has_own(const Capsule& capsule, std::string_view name);

}  // namespace bulkhead::capsule
