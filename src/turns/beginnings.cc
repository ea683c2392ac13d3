#include "turns/beginnings.h"

#include <algorithm>

#include "base/diagnostics.h"
#include "plan/rules_of_thumb.h"
#include "process/constructor_call.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/bind.h"
#include "shims/shim.h"
#include "turns/aside.h"
#include "turns/dependencies.h"

namespace bulkhead::turns {

using capsule::Capsule;

namespace {

using handoff::ShimHeader;

// A library's constructors, put aside.
struct Beginning {
  const link_map* object;
  bool has_turn;  // a shim stands for it and had not had its turn
  Aside constructors;
  std::span<const std::size_t> needs;  // those of them that it needs; in a circle, those before it
  bool begun = false;
};

// A shim that had not had its turn. Before what it stands for, the target, begins what is in
// [first, last).
struct Turn {
  const ShimHeader* shim;  // null: it was unloaded, as its dlopen failed
  const link_map* target;
  std::size_t first, last;
  std::span<const std::size_t> needs;
  bool comes_first = false;  // of an opening's: begins alone, before any other
};

// In the order in which they would begin; in memory that is never given back. Guard: ld.so's lock.
struct Beginnings {
  Arena arena;
  List<Beginning> all{arena};
  List<Turn> turns{arena};
};

// How many have not begun. Guard: atomic.
constinit std::size_t g_waiting = 0;

Beginnings& beginnings() {
  // Guard: ld.so's lock.
  alignas(Beginnings) static std::byte room[sizeof(Beginnings)];
  static Beginnings* made = nullptr;
  if (made == nullptr) made = new (room) Beginnings;
  return *made;
}

// Constructors may open more, so that the list moves.
void begin(std::size_t index) {
  Beginning& beginning = beginnings().all[index];
  if (beginning.begun) return;
  beginning.begun = true;
  __atomic_sub_fetch(&g_waiting, 1, __ATOMIC_RELEASE);
  const Aside constructors = beginning.constructors;
  debug(Topic::open, {"constructors of ", process::name_of(beginning.object), " run"});
  const process::ConstructorArguments& given = process::constructor_arguments();
  auto call = [&](Addr function) {
    reinterpret_cast<Constructor>(function)(given.count, given.arguments, given.environment);
  };
  if (constructors.function != 0) call(constructors.function);
  for (std::size_t i = 0; i < constructors.count; ++i) call(constructors.array[i]);
}

void begin_with_needs(std::size_t index) {
  std::span<const std::size_t> needs = beginnings().all[index].needs;
  for (std::size_t each : needs) begin(each);
  begin(index);
}

bool has_constructors(const elf::Image& image, std::span<elf::Dyn> dynamic) {
  Entries entries = constructors_of(dynamic);
  return entries.any() && !are_plain_constructors(image, entries);
}

// Behind the last object of the opening that begins with this manifest, which is the image that
// calls us. What comes then was opened by constructors that ran before ours, and had its turn.
const link_map* end_of_opening(const link_map* manifest) {
  const link_map* each = process::next_of(manifest);
  for (; each != nullptr; each = process::next_of(each)) {
    if (process::is_image_path(process::name_of(each)) && process::soname_of(each).empty()) break;
  }
  return each;
}

// The one that ld.so would initialise before all others; null if there is none.
const link_map* initialised_first(const link_map* manifest) {
  const link_map* found = nullptr;
  const link_map* const end = end_of_opening(manifest);
  for (const link_map* each = manifest; each != end; each = process::next_of(each)) {
    const bool generated = process::is_image_path(process::name_of(each));
    if (!generated && process::is_initialised_first(each)) found = each;
  }
  return found;
}

// The libraries of an opening, and which have to wait.
class Waiting {
 public:
  Waiting(Arena& arena, Capsule& capsule, const link_map* first,
          std::span<const ShimHeader* const> shims)
      : arena_(arena),
        libraries_(arena, first, end_of_opening(first)),
        first_(libraries_.index_of(initialised_first(first))),
        order_(libraries_.order(arena)),
        place_(arena.array<std::size_t>(libraries_.size())),
        turn_of_(arena.array<const ShimHeader*>(libraries_.size())),
        needed_now_(arena.array<bool>(libraries_.size())) {
    for (std::size_t i = 0; i < order_.size(); ++i) place_[order_[i]] = i;
    for (const ShimHeader* shim : shims) {
      std::size_t target = libraries_.index_of(shims::target_of(capsule, *shim));
      if (target == Dependencies::kNone) continue;
      if (target == first_) {
        turn_of_[target] = shim;
        continue;
      }
      if (!shims::is_initialised(*shim)) {
        turn_of_[target] = shim;
        last_ = std::max(last_, place_[target]);
        continue;
      }
      if (place_[target] >= begin_) begin_ = place_[target] + 1;
    }
    for (std::size_t place = 0; place < begin_; ++place) {
      if (turn_of_[order_[place]] == nullptr) begins_now(order_[place]);
    }
  }

  // From the place behind the last library whose turn has come. What comes behind the last that
  // has one needs it in a circle, and begins after it.
  void put_aside() {
    Beginnings& all = beginnings();
    const std::size_t first = all.all.size(), first_turn = all.turns.size();
    const bool alone = first_ != Dependencies::kNone && turn_of_[first_] != nullptr;
    if (alone) {
      put_aside(first_);
      all.turns.push_back({turn_of_[first_], libraries_[first_], first, all.all.size(), {}, true});
    }
    for (std::size_t place = 0; place < order_.size(); ++place) {
      std::size_t index = order_[place];
      if (alone && index == first_) continue;
      bool its_own = turn_of_[index] != nullptr;
      if (place >= begin_ || its_own) put_aside(index);
      if (its_own)
        all.turns.push_back({turn_of_[index], libraries_[index], first, all.all.size(), {}});
      if (place > last_ && first < all.all.size()) all.turns.back().last = all.all.size();
    }
    // No other turn will come.
    if (alone && all.turns.size() == first_turn + 1) all.turns.back().last = all.all.size();
    for (std::size_t i = first; i < all.all.size(); ++i) {
      const std::size_t index = libraries_.index_of(all.all[i].object);
      if (index != first_) all.all[i].needs = needs_of(index, first);
    }
    for (std::size_t each = first_turn; each < all.turns.size(); ++each) {
      Turn& turn = all.turns[each];
      if (!turn.comes_first) turn.needs = needs_of(libraries_.index_of(turn.target), first);
    }
  }

 private:
  // In a circle all reach each other, and each has its turn.
  bool is_in_circle(std::size_t target, std::size_t other) const {
    return target != other && turn_of_[other] != nullptr &&
           libraries_.reached_from(arena_, other)[target];
  }

  void begins_now(std::size_t index) {
    std::span<bool> reached = libraries_.reached_from(arena_, index);
    for (std::size_t i = 0; i < reached.size(); ++i) {
      if (reached[i] && !is_in_circle(index, i)) needed_now_[i] = true;
    }
  }

  void put_aside(std::size_t index) {
    const link_map* object = libraries_[index];
    if (needed_now_[index]) return;
    Result<elf::Image> image = process::image_of(object);
    if (!image) return;
    std::span<elf::Dyn> dynamic = dynamic_section(object);
    Entries entries = constructors_of(dynamic);
    if (!entries.any() || are_plain_constructors(*image, entries)) return;
    Beginning beginning = {object, turn_of_[index] != nullptr, {}, {}};
    auto instead = reinterpret_cast<Addr>(&nothing);
    if (!turns::put_aside(object, *image, entries, {}, instead, beginning.constructors)) return;
    beginnings().all.push_back(beginning);
    __atomic_add_fetch(&g_waiting, 1, __ATOMIC_RELEASE);
  }

  std::span<const std::size_t> needs_of(std::size_t index, std::size_t first) const {
    Beginnings& all = beginnings();
    std::span<bool> reached = libraries_.reached_from(arena_, index);
    List<std::size_t> needs(all.arena);
    for (std::size_t i = first; i < all.all.size(); ++i) {
      std::size_t other = libraries_.index_of(all.all[i].object);
      if (place_[other] < place_[index] && reached[other] && !is_in_circle(index, other))
        needs.push_back(i);
    }
    return needs.view();
  }

  Arena& arena_;
  Dependencies libraries_;
  std::size_t first_;  // that begins before all others; kNone: none
  std::span<const std::size_t> order_;
  std::span<std::size_t> place_;  // of each in it
  std::span<const ShimHeader*> turn_of_;
  std::span<bool> needed_now_;
  std::size_t begin_ = 0;  // place behind the last whose turn has come
  std::size_t last_ = 0;   // place of the last that has one
};

}  // namespace

bool have_to_wait(const Capsule& capsule, const resolve::Closure& closure,
                  std::span<const ShimHeader* const> shims) {
  if (capsule.interposer() != nullptr || capsule.isolation() != nullptr) return false;
  bool all = true;
  for (const ShimHeader* shim : shims) all = all && shims::is_initialised(*shim);
  if (all) return false;
  for (const resolve::Library& library : closure.libraries()) {
    std::span<const elf::Dyn> entries = library.dynamic.entries();
    // Not written to.
    if (has_constructors(library.image, {const_cast<elf::Dyn*>(entries.data()), entries.size()})) {
      return true;
    }
  }
  return false;
}

void put_constructors_aside(Arena& arena, Capsule& capsule, const link_map* first,
                            std::span<const ShimHeader* const> shims) {
  Kept<Waiting> waiting(arena, arena, capsule, first, shims);
  (*waiting).put_aside();
}

void begin_first(const link_map* first) {
  const link_map* object = initialised_first(first);
  if (object == nullptr) return;
  Beginnings& all = beginnings();
  for (std::size_t i = 0; i < all.all.size(); ++i) {
    if (all.all[i].object != object) continue;
    if (!all.all[i].has_turn) begin(i);
    return;
  }
  Result<elf::Image> image = process::image_of(object);
  Entries entries = constructors_of(dynamic_section(object));
  if (!image || !entries.any()) return;
  Beginning beginning = {object, false, {}, {}};
  auto instead = reinterpret_cast<Addr>(&nothing);
  if (!put_aside(object, *image, entries, {}, instead, beginning.constructors)) return;
  all.all.push_back(beginning);
  __atomic_add_fetch(&g_waiting, 1, __ATOMIC_RELEASE);
  begin(all.all.size() - 1);
}

void begin_shim(const ShimHeader& shim) {
  if (!any_waits()) return;
  Beginnings& all = beginnings();
  for (std::size_t i = 0; i < all.turns.size(); ++i) {
    const Turn turn = all.turns[i];
    if (turn.comes_first && turn.shim != nullptr && turn.first < turn.last) begin(turn.first);
    if (turn.shim != &shim) continue;
    for (std::size_t each = turn.first; each < turn.last; ++each) {
      if (!all.all[each].has_turn || all.all[each].object == turn.target) begin_with_needs(each);
    }
    // If it has no constructors itself.
    for (std::size_t each : turn.needs) begin(each);
  }
}

bool any_waits() { return __atomic_load_n(&g_waiting, __ATOMIC_ACQUIRE) != 0; }

bool waits(const link_map* object) {
  if (!any_waits()) return false;
  for (const Beginning& each : beginnings().all) {
    if (each.object == object) return !each.begun;
  }
  return false;
}

void begin_object(const link_map* object) {
  if (!any_waits()) return;
  Beginnings& all = beginnings();
  for (std::size_t i = 0; i < all.all.size(); ++i) {
    if (all.all[i].object == object) begin_with_needs(i);
  }
}

void take_turns_over(Arena& arena, Capsule& capsule, std::span<const ShimHeader* const> shims) {
  if (!any_waits()) return;
  const std::span<const ShimHeader* const> loaded = shims::find_all_shims(arena);
  List<Turn>& turns = beginnings().turns;
  for (Turn& turn : turns) {
    if (std::ranges::find(loaded, turn.shim) == loaded.end()) turn.shim = nullptr;
  }
  for (const ShimHeader* shim : shims) {
    const link_map* target = shims::target_of(capsule, *shim);
    for (Turn& turn : turns) {
      if (turn.shim == shim && turn.target != target) turn.shim = nullptr;  // another was there
      if (turn.target == target && turn.shim == nullptr) turn.shim = shim;
    }
  }
}

void begin_needed(Arena& arena, const link_map* first, bool for_shims) {
  if (!any_waits()) return;
  Beginnings& all = beginnings();
  Kept<Dependencies> kept(arena, arena, first, end_of_opening(first));
  const Dependencies& opened = *kept;
  for (std::size_t i = 0; i < all.all.size(); ++i) {
    const link_map* object = all.all[i].object;
    if (opened.index_of(object) != Dependencies::kNone) continue;  // put aside just now
    for (std::size_t j = 0; j < opened.size(); ++j) {
      if (for_shims && opened[j] == first) continue;
      if (!waits(opened[j]) && opened.needs(j, object)) begin_with_needs(i);
    }
  }
}

}  // namespace bulkhead::turns
