#include "tool/events.h"

#include "base/thread_id.h"
#include "outside/base_hooks.h"
#include "process/loader_lock.h"
#include "tool/everlasting.h"
#include "tool/regions.h"

namespace bulkhead::tool {

struct Watch {
  Listener listener;
  bool used = false;
};

namespace {

struct State {
  Arena arena;  // of what is known
  std::span<const Library> known;
  Watch watches[kMaxWatches];
  bool running = false;
  pid_t thread = 0;  // which does it, under ld.so's lock
  bool again = false;
};
// Guard: ld.so's lock.
constinit Everlasting<State> g_state;
// Guard: atomic.
constinit bool g_interest = false;
// Guard: atomic.
constinit std::size_t g_count = 0;  // of State::known, but generated ones

bool is_same(const Library& a, const Library& b) {
  return a.map == b.map && a.begin == b.begin && a.end == b.end && a.path.data() == b.path.data() &&
         a.soname.data() == b.soname.data();
}

bool is_in(std::span<const Library> libraries, const Library& library) {
  for (const Library& each : libraries) {
    if (is_same(each, library)) return true;
  }
  return false;
}

void tell(Event event, const Library& library) {
  if (library.generated) return;
  for (Watch& watch : g_state.get().watches) {
    if (watch.used) watch.listener.tell(event, library, watch.listener);
  }
}

// Those of the base stand first.
std::span<const Library> of_base(std::span<const Library> libraries) {
  std::size_t count = 0;
  while (count < libraries.size() && libraries[count].capsule == nullptr) ++count;
  return libraries.first(count);
}

void count(std::span<const Library> known) {
  std::size_t size = 0;
  for (const Library& library : known) size += library.generated ? 0 : 1;
  __atomic_store_n(&g_count, size, __ATOMIC_RELEASE);
}

std::span<const Library> remember(Arena& arena, std::span<const Library> libraries) {
  std::span<Library> copy = arena.array<Library>(libraries.size());
  for (std::size_t i = 0; i < copy.size(); ++i) copy[i] = libraries[i];
  return copy;
}

void round(State& state) {
  Arena arena;
  List<Library> all = loaded_libraries(arena, true);
  std::span<const Library> now = of_base(all.view());
  std::span<const Library> before = remember(arena, state.known);
  // The arena is made anew: a process may load and unload for years.
  state.arena.~Arena();
  new (&state.arena) Arena;
  state.known = remember(state.arena, now);
  count(now);
  list_regions(arena, all.view());

  Program program(arena, now);
  std::span<bool> came = arena.array<bool>(now.size());
  List<Library> gone(arena);
  for (const Library& library : before) {
    if (!is_in(now, library)) gone.push_back(library);
  }
  for (const Library& library : gone) forget_words(library.begin, library.end);
  bool any = false;
  for (std::size_t i = 0; i < now.size(); ++i) {
    came[i] = !is_in(before, now[i]);
    any = any || came[i];
    if (came[i]) forget_words(now[i].begin, now[i].end);
  }
  if (!gone.empty()) renew_originals(program);
  renew_words(program);
  if (any) hook_arrivals(arena, program, came);

  for (const Library& library : gone) tell(Event::unloaded, library);
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (came[i]) tell(Event::loaded, now[i]);
  }
}

// From the first hook or watch on.
void begin(Arena& arena, std::span<const Rule> own) {
  if (any_interest()) return catch_up();
  State& state = g_state.get();
  List<Library> all = loaded_libraries(arena, true);
  std::span<const Library> now = of_base(all.view());
  state.known = remember(state.arena, now);
  count(now);
  list_regions(arena, all.view());
  Program program(arena, now);
  add_own_hooks(arena, program, own);
  outside::after_base_hooks(&catch_up_with_lock);
  __atomic_store_n(&g_interest, true, __ATOMIC_RELEASE);
}

template <class Action>
void with_lock(Arena& arena, Action action) {
  tool::with_lock(
      arena, [](void* context) { (*static_cast<Action*>(context))(); }, &action);
}

// A child of fork may have only the traces of another thread's.
bool is_running(const State& state) {
  return __atomic_load_n(&state.running, __ATOMIC_ACQUIRE) && state.thread == thread_id();
}

}  // namespace

void with_lock(Arena& arena, void (*function)(void*), void* context) {
  // ld.so may be in the midst of relocating: nothing can be opened then.
  if (is_running(g_state.get())) return function(context);
  process::with_loader_lock(arena, function, context);
}

Status add_watch(Arena& arena, std::span<const Rule> own, const Listener& listener, bool present,
                 Watch** watch) {
  Status status;
  with_lock(arena, [&] {
    begin(arena, own);
    Watch* made = nullptr;
    for (Watch& each : g_state.get().watches) {
      if (!each.used && made == nullptr) made = &each;
    }
    if (made == nullptr) {
      status = fail(Fault::limit, "a process can have 64 watches at once");
      return;
    }
    *made = {listener, true};
    *watch = made;
    if (!present) return;
    for (const Library& library : remember(arena, g_state.get().known)) {
      if (!library.generated && made->used) listener.tell(Event::present, library, listener);
    }
  });
  return status;
}

void remove_watch(Arena& arena, Watch* watch) {
  with_lock(arena, [&] { watch->used = false; });
}

Status hook(Arena& arena, std::span<const Rule> own, std::span<const Rule> rules,
            std::span<Hook*> hooks) {
  Status status;
  with_lock(arena, [&] {
    begin(arena, own);
    Program program(arena, g_state.get().known);
    status = add_hooks(arena, program, rules, hooks);
  });
  return status;
}

void unhook(Arena& arena, Hook* hook) {
  with_lock(arena, [&] {
    catch_up();
    Program program(arena, g_state.get().known);
    remove_hook(program, hook);
  });
}

std::span<const Region> current_regions(Arena& arena) {
  std::span<const Region> regions;
  with_lock(arena, [&] { regions = list_regions(arena, loaded_libraries(arena, true).view()); });
  return regions;
}

void catch_up() {
  if (!any_interest()) return;
  State& state = g_state.get();
  state.again = true;
  if (is_running(state)) return;
  state.thread = thread_id();
  __atomic_store_n(&state.running, true, __ATOMIC_RELEASE);
  while (state.again) {
    state.again = false;
    round(state);
  }
  __atomic_store_n(&state.running, false, __ATOMIC_RELEASE);
}

void catch_up_with_lock() {
  Arena arena;
  with_lock(arena, [] { catch_up(); });
}

std::size_t known_in_base() { return __atomic_load_n(&g_count, __ATOMIC_ACQUIRE); }

bool any_interest() { return __atomic_load_n(&g_interest, __ATOMIC_ACQUIRE); }

}  // namespace bulkhead::tool
