// libbulkhead.so.0: what happens in the program, and when.
//
// ld.so maps a shim because the program (or a library, or a dlopen) needs an exposed
// library. Its relocations, its DT_INIT, or a stub that is called before that, come here.
#include <algorithm>

#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "process/environment.h"
#include "process/loader.h"
#include "process/own_imports.h"
#include "process/tls_list.h"
#include "runtime/activation.h"
#include "runtime/early.h"
#include "runtime/interposer_policy.h"
#include "runtime/libc_start.h"
#include "runtime/staying.h"
#include "shims/interposer.h"
#include "shims/refusal.h"
#include "shims/shim.h"
#include "turns/beginnings.h"
#include "turns/endings.h"

namespace bulkhead::runtime {
namespace {

using capsule::Capsule;

using handoff::ShimHeader;

void open_or_stop(const ShimHeader& shim, From from) {
  Arena arena;
  Capsule& capsule = capsule_for(arena, shim);
  Status opened = open_capsule(arena, capsule, shim, from);
  if (!opened) stop(shim, capsule.request().tree, opened.error());
}

// Whether ld.so might list thread-local variables of what is opened now before those of what it is
// relocating, which it cannot (process/tls_list.h).
bool may_be_listed_too_early() {
  if (process::objects_ever_loaded() < process::kTlsListBegins) return false;
  std::size_t highest = process::highest_tls_module(process::program());
  for (const Capsule* capsule : capsule::registered_capsules()) {
    if (!capsule->space().is_open()) continue;
    highest =
        std::max(highest, process::highest_tls_module(process::first_of(capsule->space().root())));
  }
  return highest >= process::kTlsListBegins;
}

// Natively a dlopen fails where a library cannot be had. Of several shims that it brings, the one
// that is relocated last opens.
void open_or_refuse(const ShimHeader& shim) {
  if (!process::has_begun() || shims::is_interposer(shim) || shims::is_bound(shim)) return;
  if (!shims::can_open_while_relocating() || shims::would_leave_others()) return;
  if (may_be_listed_too_early()) return;  // DT_INIT opens
  Arena arena;
  if (shims::would_initialise_others(arena)) return;
  Capsule& capsule = capsule_for(arena, shim);
  if (capsule.request().native_on_failure) return;  // DT_INIT goes on without
  if (capsule.isolation() != nullptr) return;  // constructors inside would not wait for DT_INIT
  shims::readmit(shim);
  for (const ShimHeader* each : shims::find_shims(arena, capsule.request_bytes())) {
    if (!shims::is_bound(*each) && !shims::is_refused(*each) && !shims::is_relocated(*each)) return;
  }
  Status opened = open_capsule(arena, capsule, shim, From::relocation);
  shims::let_relocation_go_on(shim);
  stay();  // what this dlopen brings may go, and what is open refers to this library
  if (opened) return;
  std::string_view reason =
      join(arena, {"bulkhead: ", describe(arena, shim, capsule.request().tree, opened.error())});
  // What is missing comes first, as ld.so has it.
  constexpr std::string_view kMark = "undefined symbol: ";
  std::size_t at = reason.find(kMark);
  if (at != std::string_view::npos) {
    std::string_view name = drop(reason, at + kMark.size());
    std::size_t end = name.find_first_of(" ,)");
    reason =
        join(arena, {end == std::string_view::npos ? name : take(name, end), " (", reason, ")"});
  }
  if (!shims::refuse(shim, reason)) stop(shim, capsule.request().tree, opened.error());
}

bool is_native(const ShimHeader& shim) {
  const Capsule* capsule = capsule::find_capsule(shims::request_of(shim));
  return capsule != nullptr && capsule->is_native();
}

// Of a shim that stand_in_for_all left unbound.
[[noreturn]] void stop_without_native(const ShimHeader& shim) {
  Arena arena;
  fatal(join(arena, {"a function of ", shims::soname_of(shim),
                     " was called, and this system has no library of that name to stand in for the "
                     "tree's; the message before says why one has to"}));
}

}  // namespace
}  // namespace bulkhead::runtime

extern "C" {

// A shim's DT_INIT.
__attribute__((visibility("default"))) void bulkhead_shim_init(
    const bulkhead::handoff::ShimHeader* shim) {
  bulkhead::runtime::keep_own_calls_from(*shim);
  bulkhead::KeepErrno keep;
  // The shim of a library that was linked with -z initfirst may come before libc.
  if (!bulkhead::process::has_begun()) bulkhead::runtime::initialise_libc();
  bulkhead::shims::mark_initialised(*shim);
  bulkhead::runtime::open_or_stop(*shim, bulkhead::runtime::From::init);
  bulkhead::turns::begin_shim(*shim);
  if (bulkhead::shims::is_interposer(*shim)) bulkhead::runtime::install_policy_of(*shim);
}

// A shim's last relocations. Returns something for a word that nobody reads.
__attribute__((visibility("default"))) std::uintptr_t bulkhead_shim_relocate(
    const bulkhead::handoff::ShimHeader* shim) {
  bulkhead::runtime::keep_own_calls_from(*shim);
  bulkhead::KeepErrno keep;
  bulkhead::runtime::open_or_refuse(*shim);
  return 0;
}

// A shim's DT_FINI.
__attribute__((visibility("default"))) void bulkhead_shim_fini(
    const bulkhead::handoff::ShimHeader* shim) {
  bulkhead::turns::end_shim(*shim);
}

// The same for bulkhead_shim_entries (assembly): no other library's functions of these names.
#define BULKHEAD_ENTRY(name)                                          \
  __attribute__((visibility("hidden"), alias("bulkhead_shim_" #name), \
                 used)) decltype(bulkhead_shim_##name) bulkhead_entry_##name
BULKHEAD_ENTRY(init);
BULKHEAD_ENTRY(fini);
BULKHEAD_ENTRY(relocate);
#undef BULKHEAD_ENTRY

// This library's own DT_INIT. It is called with nothing where libc is not initialised yet.
__attribute__((visibility("hidden"), used)) void bulkhead_init(int, char** arguments,
                                                               char** environment) {
  if (arguments == nullptr && environment == nullptr) {
    bulkhead::runtime::initialise_libc();
  }
  bulkhead::runtime::note_initialised();
  bulkhead::runtime::open_before_others();
}

// This library's own DT_FINI.
__attribute__((visibility("hidden"), used)) void bulkhead_fini() { bulkhead::turns::end_all(); }

// Called by bulkhead_shim_lazy (assembly): a stub was called before its shim was bound.
// Returns the function's address. `word`: see arch::Native::symbol_of_stub.
__attribute__((visibility("hidden"))) std::uintptr_t bulkhead_open_for_call(
    const bulkhead::handoff::ShimHeader* shim, std::uintptr_t word) {
  bulkhead::runtime::keep_own_calls_from(*shim);
  bool interposer = bulkhead::shims::is_interposer(*shim);
  bulkhead::KeepErrno keep;
  std::size_t index = bulkhead::arch::Native::symbol_of_stub(word);
  std::uintptr_t address = 0;
  if (interposer && !bulkhead::shims::is_bound(*shim)) {
    // Without the tool, as if it were not there: ld.so may be the caller.
    address = bulkhead::shims::function_before(*shim, index);
    if (address != 0) return address;
  }
  bulkhead::runtime::open_or_stop(*shim, bulkhead::runtime::From::stub);
  if (!bulkhead::shims::is_bound(*shim)) {
    if (bulkhead::runtime::is_native(*shim)) bulkhead::runtime::stop_without_native(*shim);
    bulkhead::fatal("an exposed function was called by the library that is being opened for it");
  }
  address = bulkhead::shims::function_at(*shim, index);
  if (address == 0) {
    bulkhead::shims::stop_for_absent(*shim, index, bulkhead::runtime::is_native(*shim));
  }
  return address;
}
}
