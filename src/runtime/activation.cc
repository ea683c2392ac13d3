#include "runtime/activation.h"

#include <algorithm>

#include "api/registry.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/pause.h"
#include "base/text.h"
#include "base/thread_id.h"
#include "capsule/capsule.h"
#include "capsule/registered.h"
#include "late/names.h"
#include "opening/demand.h"
#include "opening/open.h"
#include "opening/openings.h"
#include "outside/base_hooks.h"
#include "outside/call_mode.h"
#include "process/environment.h"
#include "process/global_scope.h"
#include "process/loader.h"
#include "process/own_imports.h"
#include "process/questions.h"
#include "runtime/forks.h"
#include "runtime/interposer_policy.h"
#include "shims/bind.h"
#include "shims/deep_bind.h"
#include "shims/interposer.h"
#include "shims/native.h"
#include "shims/refusal.h"
#include "shims/settle.h"
#include "shims/shim.h"
#include "turns/beginnings.h"
#include "turns/endings.h"

namespace bulkhead::runtime {
namespace {

using capsule::Capsule;

using handoff::ShimHeader;

// Process and thread that are opening a capsule for a shim; 0 for none. The process counts because
// a child of fork has only the thread that forked. Guard: atomic.
constinit std::uint64_t g_opener = 0;

// What a thread is activating, with what it was activating when that was asked for: constructors
// open libraries themselves.
struct Activation {
  std::span<const ShimHeader* const> shims;  // that are being opened
  const Activation* outer;
};
// The innermost. Guard: g_opener.
constinit const Activation* g_activation = nullptr;

bool is_being_opened(const ShimHeader& shim) {
  for (const Activation* each = g_activation; each != nullptr; each = each->outer) {
    if (std::ranges::find(each->shims, &shim) != each->shims.end()) return true;
  }
  return false;
}

}  // namespace

std::string_view describe(Arena& arena, const ShimHeader& shim, std::string_view tree,
                          const Error& error) {
  return join(arena, {"cannot open ", shims::soname_of(shim), " of the tree ", tree, ": ",
                      render(arena, error)});
}

[[noreturn]] void stop(const ShimHeader& shim, std::string_view tree, const Error& error) {
  Arena arena;
  fatal(describe(arena, shim, tree, error));
}

void keep_own_calls_from(const ShimHeader& shim) {
  const shims::LoadedShim loaded(shim);
  if (shims::is_interposer(shim) ||
      process::own_imports_lead_into(loaded.stubs(), loaded.stubs_size())) {
    process::bind_own_imports();
  }
}

namespace {

// From now on this system's libraries stand in.
void give_up(Capsule& capsule, const ShimHeader& shim, const Error& error) {
  Arena arena;
  capsule.stand_in_natively();
  message({describe(arena, shim, capsule.request().tree, error),
           "; the program goes on with this system's own libraries"});
}

}  // namespace

Capsule& capsule_for(Arena& arena, const ShimHeader& shim) {
  if (shim.major != handoff::kMajor) {
    stop(shim, "?",
         {Fault::unsupported,
          0,
          "the shim is of another major release of bulkhead",
          {},
          {},
          "make the shims anew with this release"});
  }
  std::string_view bytes = shims::request_of(shim);
  if (Capsule* known = api::find_capsule(bytes)) return *known;
  const link_map* loaded = shims::loaded_shim(shim);  // asks ld.so: before there is a lock
  bool found_by_name =
      loaded != nullptr && process::is_in_library_path(arena, shims::searched_directory(loaded));
  Result<api::Registered> entry = api::register_request(arena, bytes, found_by_name);
  if (!entry) stop(shim, "?", entry.error());
  Capsule& capsule = *entry->capsule;
  if (entry->is_new && entry->beyond) {
    const Error error = api::no_namespace_left();
    if (!capsule.request().native_on_failure) stop(shim, capsule.request().tree, error);
    give_up(capsule, shim, error);
  }
  return capsule;
}

namespace {

// Whether any of them belongs to what was there when the program began.
bool are_of_program(Arena& arena, process::BaseView& base,
                    std::span<const ShimHeader* const> shims) {
  if (base.objects().empty()) return false;
  bool listed = false;  // by the program itself, as most are
  base.objects()[0]->dynamic.for_each_needed([&](std::string_view name) {
    listed = listed || std::ranges::any_of(shims, [&](const ShimHeader* shim) {
               return name == shims::soname_of(*shim);
             });
  });
  if (listed) return true;
  std::size_t scope = process::program_scope_size(arena, base);
  return std::ranges::any_of(
      shims, [&](const ShimHeader* shim) { return shims::place_of(base, *shim) < scope; });
}

// Those of what was there when the program began, then the others: a constructor may open a library
// while shims of the program's wait for their turn.
List<std::span<const ShimHeader* const>> in_groups(Arena& arena, process::BaseView& base,
                                                   std::span<const ShimHeader* const> shims) {
  List<std::span<const ShimHeader* const>> groups(arena);
  if (shims.size() == 1) {
    groups.push_back(shims);
    return groups;
  }
  List<const ShimHeader*> of_program(arena), others(arena);
  for (const ShimHeader* const& shim : shims) {
    (are_of_program(arena, base, {&shim, 1}) ? of_program : others).push_back(shim);
  }
  if (!of_program.empty()) groups.push_back(of_program.view());
  if (!others.empty()) groups.push_back(others.view());
  return groups;
}

// What the shims stand for, by one manifest. Natively what the program opens sees what is global,
// and itself; so a capsule in which nothing is the program's from the beginning begins with libc.
Status open_shims(Arena& arena, Capsule& capsule, std::span<const ShimHeader* const> shims,
                  process::BaseView& base, From from) {
  bool of_program = are_of_program(arena, base, shims);
  if (!capsule.space().is_open() && !of_program) {
    if (Status begun = opening::open_with_libc(arena, capsule, base); !begun) return begun;
    base.refresh();
  }
  List<std::string_view> roots(arena);
  for (const ShimHeader* shim : shims) {
    roots.push_back(capsule::file_of(capsule, shims::soname_of(*shim)));
  }
  opening::OpenRequest request{roots.view(), {}, shims};
  request.base = &base;
  request.bind_now = std::ranges::any_of(
      shims, [](const ShimHeader* shim) { return shims::is_bound_at_once(*shim); });
  if (!of_program) {
    // What ld.so says counts; a call within ours may not be noted.
    const shims::DeepBind deep = shims::deep_bind_of(arena, base, shims);
    request.deep_bind = deep == shims::DeepBind::yes ||
                        (deep == shims::DeepBind::unknown && outside::was_opened_deep());
  }
  request.may_be_refused = from == From::relocation;
  Activation activation{shims, g_activation};
  g_activation = &activation;
  Result<opening::Opened> opened = opening::open_libraries(arena, capsule, request);
  g_activation = activation.outer;
  if (!opened) return std::unexpected(opened.error());
  base.refresh();
  for (const ShimHeader* shim : shims) {
    shims::mark_opened(*shim);
    if (from != From::relocation) continue;
    if (const link_map* target = shims::target_of(capsule, *shim)) {
      capsule.shims().note_opened_for_shim(target);
    }
  }
  return {};
}

// Of shims whose libraries are open. From now on they have to stay.
Status bind(Arena& arena, Capsule& capsule, std::span<const ShimHeader* const> shims,
            process::BaseView& base) {
  if (Status bound = shims::bind_shims(arena, capsule, shims, base); !bound) return bound;
  if (are_of_program(arena, base, shims)) return {};
  for (const ShimHeader* shim : shims) {
    shims::keep_once_initialised(*shim);
    capsule.shims().note_opened_later(shims::loaded_shim(*shim));
    if (!outside::was_opened_global()) continue;
    const char* name = process::name_of(shims::target_of(capsule, *shim));
    void* library = process::loaded_handle(capsule.space().id(), name);
    if (library == nullptr) continue;
    late::lead_to_global(arena, capsule, static_cast<link_map*>(library));
    process::close_handle(library);
  }
  return {};
}

// Opens what the shims stand for and binds them, until none is left. While ld.so relocates them
// they are not bound yet: it may unload them. What errors say lives in `arena`.
Status activate(Arena& arena, Capsule& capsule, process::BaseView& base, From from) {
  // In a constructor of the first ones dlmopen has not told yet which namespace it is.
  if (g_activation != nullptr && !capsule.space().is_open()) capsule::find_roots();
  for (;;) {
    List<const ShimHeader*> open(arena), others(arena);
    for (const ShimHeader* shim : shims::find_shims(arena, capsule.request_bytes())) {
      if (shims::is_bound(*shim) || shims::is_refused(*shim)) continue;
      if (shims::is_opened(*shim)) {
        open.push_back(shim);
      } else if (!is_being_opened(*shim)) {
        others.push_back(shim);
      } else if (shims::target_of(capsule, *shim) != nullptr) {
        open.push_back(shim);  // the opening that waits for this one has it loaded
      }
    }
    if (!open.empty() && from != From::relocation) {
      if (Status bound = bind(arena, capsule, open.view(), base); !bound) return bound;
    }
    if (others.empty()) return {};
    for (std::span<const ShimHeader* const> group : in_groups(arena, base, others.view())) {
      Status opened = open_shims(arena, capsule, group, base, from);
      if (opened && from != From::relocation) opened = bind(arena, capsule, group, base);
      if (!opened) return opened;
    }
  }
}

// This system's libraries, for what the shims stand for. What errors say lives in `arena`.
Status stand_in(Arena& arena, Capsule& capsule, const ShimHeader& shim, bool settle) {
  shims::keep(shim);
  return shims::bind_natively(arena, capsule, shim, {process::library_path(arena), settle});
}

// What only the tree's libraries need stays unbound where this system has no such library.
Status stand_in_for_all(Arena& arena, Capsule& capsule, bool settle) {
  for (;;) {
    bool any = false;
    for (const ShimHeader* shim : shims::find_shims(arena, capsule.request_bytes())) {
      if (shims::is_bound(*shim)) continue;
      if (Status bound = stand_in(arena, capsule, *shim, settle)) {
        any = true;
      } else if (!shims::is_needed_by_shims_alone(*shim)) {
        return bound;
      }
    }
    if (!any) return {};
  }
}

// The story of an activation, by the one thread that may do it.
Status open_or_stand_in(Arena& arena, Capsule& capsule, const ShimHeader& shim, bool settle,
                        From from) {
  Status activated;
  process::BaseView base(arena);
  if (!capsule.is_native()) {
    activated = activate(arena, capsule, base, from);
    if (!activated && capsule.request().native_on_failure)
      give_up(capsule, shim, activated.error());
  }
  if (capsule.is_native()) activated = stand_in_for_all(arena, capsule, settle);
  if (activated && settle) {
    std::span<const words::Import> hooks;
    if (!capsule.is_native())
      hooks = outside::base_hooks(arena, capsule, &opening::close_for_program);
    base.refresh();
    shims::settle_shims(arena, capsule, base, hooks);
    if (!capsule.is_native()) outside::base_is_hooked();
  }
  return activated;
}

// A library that stands in has brought a shim, or calls one, while it is opened.
void stand_in_meanwhile(Capsule& capsule, const ShimHeader& shim, bool settle) {
  if (!capsule.is_native() || shims::is_bound(shim)) return;
  Arena arena;
  if (Status bound = stand_in(arena, capsule, shim, settle); !bound) {
    stop(shim, capsule.request().tree, bound.error());
  }
}

// Programs that this one starts are to find the libraries that they would find without us; and what
// is preloaded for this program's sake is not for them.
void keep_from_children(const ShimHeader& shim, Capsule& capsule) {
  const handoff::Request& request = capsule.request();
  if (!request.keep_from_children && request.preloaded.empty()) return;
  const link_map* loaded = shims::loaded_shim(shim);
  if (loaded == nullptr) return;
  capsule.keep([&](Arena& arena) {
    std::string_view directory = shims::searched_directory(loaded);
    if (request.keep_from_children) process::take_from_library_path(arena, directory);
    if (!request.preloaded.empty()) process::take_from_preload(arena, directory);
  });
}

std::uint64_t opener_of_this_thread() {
  return static_cast<std::uint64_t>(process_id()) << 32U | static_cast<std::uint32_t>(thread_id());
}
std::uint32_t process_of(std::uint64_t opener) { return static_cast<std::uint32_t>(opener >> 32U); }

// That is inside open_capsule.
bool another_thread_activates() {
  const std::uint64_t opener = __atomic_load_n(&g_opener, __ATOMIC_ACQUIRE);
  if (opener == 0) return false;
  const std::uint64_t self = opener_of_this_thread();
  return opener != self && process_of(opener) == process_of(self);
}

}  // namespace

Status open_capsule(Arena& arena, Capsule& capsule, const ShimHeader& shim, From from) {
  if (shims::is_interposer(shim)) capsule.shims().set_interposer(shim);
  if (from == From::init) keep_from_children(shim, capsule);
  // A stub may be called while ld.so is still relocating (by an IFUNC's resolver). Then the
  // base's words are left to DT_INIT, which follows.
  bool settle = from == From::init || from == From::start || shims::is_initialised(shim);
  std::uint64_t self = opener_of_this_thread();
  bool again = false;
  while (!again) {
    if (settle ? shims::is_settled(shim) : shims::is_bound(shim)) return {};
    std::uint64_t other = 0;
    if (__atomic_compare_exchange_n(&g_opener, &other, self, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
      g_activation = nullptr;
      have_forks_wait(&another_thread_activates);
      break;
    }
    if (other == self && capsule.is_native()) {
      stand_in_meanwhile(capsule, shim, settle);
      return {};
    }
    again = other == self;
    if (again) continue;
    if (process_of(other) != process_of(self)) {
      // The opener was left behind in the parent, or this very thread forked while it
      // opened: what it had begun is lost, and begun anew.
      __atomic_compare_exchange_n(&g_opener, &other, std::uint64_t{0}, false, __ATOMIC_ACQUIRE,
                                  __ATOMIC_RELAXED);
      continue;
    }
    if (from != From::stub) {
      // The program may close it again before the opener comes to it.
      if (from == From::init) shims::keep(shim);
      return {};
    }
    pause_thread();
  }
  Status activated = open_or_stand_in(arena, capsule, shim, settle, from);
  if (!again) __atomic_store_n(&g_opener, std::uint64_t{0}, __ATOMIC_RELEASE);
  return activated;
}

}  // namespace bulkhead::runtime
