// Capsules: one linker namespace with its libraries, what is shared into it and what is
// exposed out of it.
//
// A capsule is made once and lives as long as the process: namespaces cannot be given
// back safely (libraries that are never unloaded keep them), and exposed addresses are
// in the program's tables for ever.
//
// Threads: the lists below are guarded by `lock`, which is never held while ld.so is
// called: ld.so has a lock of its own, under which our constructors run.
#pragma once

#include <link.h>
#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "arch/machine.h"
#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/lock.h"
#include "base/result.h"
#include "elf/versions.h"
#include "handoff/handoff.h"
#include "resolve/closure.h"
#include "resolve/search.h"

namespace bulkhead::capsule {

class BaseView;        // base_view.h
struct IsolatedLibc;   // isolate.h
struct HeapFunctions;  // own_heap.h

// A private library that the capsule has opened, and whose search paths count for what it
// opens itself.
struct Loaded {
  std::string_view host_path;
  resolve::Searcher::PathOwner owner;
  std::uint32_t loader;  // index of who asked for it first; resolve::kNone
};

// A base library that has a mirror in the capsule.
struct Mirrored {
  std::string_view name;
  std::span<const elf::VersionDefinition> versions;  // that the base's copy really has
};

// How often dlopen inside the capsule returned an object, and the manifest that keeps in
// scope what belongs to it (null: an earlier one does).
struct Opening {
  void* object;
  link_map* manifest;
  unsigned count;  // 0: free for another
};

// A bound shim to which words of the base may still lead.
struct Unsettled {
  const handoff::ShimHeader* shim;
  std::uintptr_t data_begin, data_end;  // what stood for the target's data
  bool fill_copies = false;             // see process::Rebinding
  bool changed = false;                 // the library has other tables than the shim was made from
};

// What the base's ld.so does by itself, as its libc.so.6 says by versions without symbols.
struct LoaderAbilities {
  bool packed_relocations = true;  // DT_RELR
  bool tls_registers = true;       // TLS descriptors keep all registers
  bool finds_objects = true;       // for unwinders, in every namespace (_dl_find_object, 2.35)
};

// A shim and the library that it stands for. Both stay for ever.
struct BoundShim {
  const link_map* shim;
  const link_map* target;
};

// A library of the base that the capsule uses though its request does not say so: it was asked for
// with RTLD_SHARED, or linked with -z unique. It is loaded in the base for ever.
struct StandIn {
  std::string_view name;  // of its mirror
  FileIdentity file;
};

struct Capsule {
  Arena arena;  // for what lives as long as the capsule; guarded by `lock`
  mutable Lock lock;
  std::string_view request_bytes;
  handoff::Request request;
  std::string_view runtime_directory;  // where libbulkhead.so.0 and compat are
  unsigned number = 0;                 // among those that are registered: see hooks.h
  // The base's function behind each hook, by its number: found when the library that has it is
  // mirrored for the first time, before any code of the capsule runs. What a preloaded tool goes on
  // to stands behind its interposer.
  std::span<const void*> originals = arena.array<const void*>(arch::Native::kMaxHooks);
  Lmid_t space = LM_ID_NEWLM;
  link_map* root = nullptr;  // the first manifest; null until open
  // While the first manifest is being opened: its path, and the thread that does it.
  std::string_view opening;
  pid_t opener = 0;
  // It could not be opened, and this system's libraries stand in: see native.h.
  bool native = false;
  bool found_by_name = false;  // its shims are where ld.so looks for the program's libraries
  bool changed = false;        // whether any exposed library is not what its shim was made from
  LoaderAbilities ld_so;       // known from the first opening on
  // At exit: see endings.h.
  bool ending = false;
  std::size_t shims_to_end = 0;
  bool thread_locals = false;  // whether any library opened so far has some
  // Of an isolated one: whether the base has threads, dlopen and timers in libraries beside
  // libc.so.6; its own libc, once that is loaded.
  bool threads_apart = false;
  const IsolatedLibc* libc = nullptr;
  const HeapFunctions* heap = nullptr;  // if it has one of its own
  List<Loaded> loaded{arena};
  List<Mirrored> mirrored{arena};
  List<std::string_view> globals{arena};  // host paths opened with RTLD_GLOBAL
  List<Opening> openings{arena};
  List<Unsettled> unsettled{arena};
  List<BoundShim> bound{arena};
  List<StandIn> stand_ins{arena};
  // The shim of a tool that is preloaded (see interposer.h); null for other capsules.
  const handoff::ShimHeader* interposer = nullptr;
  // Of the interface (see interface.h): a namespace that somebody else made; objects that are
  // loaded for ever from the beginning; threads that are just using it.
  bool adopted = false;
  std::size_t objects_at_first = 0;
  unsigned users = 0;
  unsigned attempts = 0;  // of threads to open it: see runtime/registry.h
};

// What to say where glibc has no namespace for one.
Error no_namespace_left();

// Makes the record of a capsule that is not open yet. Not thread-safe.
Result<Capsule*> make_capsule(std::string_view request_bytes, std::string_view runtime_directory);

// Of one that nobody else knows.
void destroy_capsule(Capsule* capsule);

struct OpenRequest {
  std::span<const std::string_view> roots;  // SONAMEs, or absolute paths inside the tree
  resolve::Searcher::Scope scope;           // of the library that asks
  // Shims that stand for the roots and are not bound: set at the first opening.
  std::span<const handoff::ShimHeader* const> shims;
  bool bind_now = false;
  bool deep_bind = false;
  bool pin = false;  // for the rest of the process
  // Directories, joined by ':', that are searched as those of LD_LIBRARY_PATH are.
  std::string_view library_path = {};
  BaseView* base = nullptr;  // the caller's, if it has one, as it is before
};

struct Opened {
  link_map* manifest;
  bool keep;               // the manifest must stay open: see open.cc
  std::string_view first;  // what ld.so knows the first root by: a path, or a mirror's SONAME
};

// Opens libraries of the tree, with all that they need, by one manifest. The first call
// makes the namespace.
Result<Opened> open_libraries(Arena& arena, Capsule& capsule, const OpenRequest& request);

// Request::library_path, joined by ':'.
std::string_view library_path_of(Arena& arena, const Capsule& capsule);

// What to search for in the tree to find an exposed library: its name, or what the request says.
std::string_view file_of(const Capsule& capsule, std::string_view exposed);

// Whether that is the name of a library in Capsule::stand_ins.
bool has_stand_in(const Capsule& capsule, std::string_view name);

// Whether the capsule takes that library from the base.
bool shares(const Capsule& capsule, std::string_view name);

}  // namespace bulkhead::capsule
