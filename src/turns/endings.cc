#include "turns/endings.h"

#include <algorithm>

#include "base/diagnostics.h"
#include "capsule/registered.h"
#include "isolation/isolate.h"
#include "isolation/isolated_libc.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/shim.h"
#include "turns/aside.h"
#include "turns/beginnings.h"
#include "turns/dependencies.h"

namespace bulkhead::turns {

using capsule::Capsule;
using capsule::registered_capsules;

namespace {

// A library's destructors, put aside.
struct Ending {
  const Capsule* capsule;
  const link_map* object;
  Aside destructors;
  bool counted = false;  // ld.so has come by
  bool done = false;
};

// Of all capsules; in memory that is never given back.
struct Endings {
  Arena arena;
  List<Ending> aside{arena};
  List<std::size_t> order{arena};  // of `aside`
  List<const handoff::ShimHeader*> ended{arena};
};

Endings& endings() {
  // Guard: one thread ends a process, and only that one comes here.
  alignas(Endings) static std::byte room[sizeof(Endings)];
  static Endings* made = nullptr;
  if (made == nullptr) made = new (room) Endings;
  return *made;
}

// ld.so has come to the library of that number.
void come_by() {
  std::size_t number = take_number();
  Endings& all = endings();
  if (number >= all.aside.size() || all.aside[number].counted) return;
  all.aside[number].counted = true;
  all.order.push_back(number);
}

// To one that has a DT_FINI and no array to spell a number in: the first of them.
void come_by_another() {
  Endings& all = endings();
  for (std::size_t i = 0; i < all.aside.size(); ++i) {
    Ending& ending = all.aside[i];
    if (ending.destructors.array != nullptr || ending.counted) continue;
    ending.counted = true;
    all.order.push_back(i);
    return;
  }
}

// `always`: though it makes no difference when they run, ld.so's order is asked for.
void put_aside(const Capsule& capsule, const link_map* object, bool always) {
  std::span<elf::Dyn> dynamic = dynamic_section(object);
  Entries entries = destructors_of(dynamic);
  if (!entries.any()) return;
  Result<elf::Image> image = process::image_of(object);
  if (!image || (!always && are_plain_destructors(*image, entries))) return;
  Endings& all = endings();
  Ending ending = {&capsule, object, {}};
  std::span<const Addr> array;
  if (entries.has_array()) array = spell(all.arena, &come_by, all.aside.size());
  auto instead = reinterpret_cast<Addr>(entries.has_array() ? &nothing : &come_by_another);
  if (!turns::put_aside(object, *image, entries, array, instead, ending.destructors)) return;
  if (waits(object)) ending.done = true;  // natively it is not initialised, and so has no end
  all.aside.push_back(ending);
  // ld.so takes a library that had its turn for one that is not initialised, and would do so
  // again if something that needs it were opened now.
  Aside constructors;
  turns::put_aside(object, *image, constructors_of(dynamic), {}, reinterpret_cast<Addr>(&nothing),
                   constructors);
}

// The turn of a capsule's first manifest. ld.so keeps all objects of the namespace loaded while
// it works on it.
void put_all_aside() {
  std::size_t number = take_number();
  if (number >= registered_capsules().size()) return;
  Capsule& capsule = *registered_capsules()[number];
  if (!capsule.space().is_open() || capsule.ending().has_begun()) return;
  isolation::end_streams(capsule);  // from now on destructors inside write at once
  std::size_t shims = 0;
  bool all_end = true;
  shims::for_each_shim([&](const handoff::ShimHeader& shim) {
    if (shims::request_of(shim) != capsule.request_bytes() || !shims::is_initialised(shim)) return;
    all_end = all_end && shim.minor >= handoff::kMinorWithEnd;  // else one has no DT_FINI
    ++shims;
  });
  bool by_turns = all_end && (shims != 0 || capsule.request().of_interface);
  if (by_turns) capsule.ending().begin(shims);
  for (const link_map* object = process::next_of(capsule.space().root()); object != nullptr;
       object = process::next_of(object)) {
    if (process::is_image_path(process::name_of(object))) continue;
    // What the dlopen that failed has left is not initialised, whoever else has turns.
    if (by_turns || waits(object)) {
      put_aside(capsule, object, shims > 1 && capsule.shims().is_target(object));
    }
  }
}

bool is_loaded(const Capsule& capsule, const link_map* object) {
  const link_map* each = capsule.space().root();
  while (each != nullptr && each != object) each = process::next_of(each);
  return each != nullptr;
}

void run(std::size_t index) {
  Ending& ending = endings().aside[index];
  if (ending.done || !is_loaded(*ending.capsule, ending.object)) return;
  ending.done = true;
  const Aside destructors = ending.destructors;
  for (std::size_t i = destructors.count; i-- > 0;) {
    reinterpret_cast<Destructor>(__atomic_load_n(destructors.array + i, __ATOMIC_RELAXED))();
  }
  if (destructors.function != 0) reinterpret_cast<Destructor>(destructors.function)();
}

// All that are left.
void end(const Capsule& capsule) {
  Endings& all = endings();
  for (std::size_t i = 0; i < all.order.size(); ++i) {
    if (all.aside[all.order[i]].capsule == &capsule) run(all.order[i]);
  }
}

// What ends at the turn of a shim that is not the last one: its library, and after it what comes
// before the next library with a turn, if nobody needs it any more. What was opened when the
// program ran comes last, and so does what it needs.
class OneEnd {
 public:
  OneEnd(Arena& arena, Capsule& capsule, const handoff::ShimHeader& shim)
      : arena_(arena),
        capsule_(capsule),
        libraries_(arena, process::next_of(capsule.space().root())),
        target_(target_of(capsule, shim)),
        has_turn_(arena.array<bool>(libraries_.size())),
        needed_(arena.array<bool>(libraries_.size())) {
    if (target_ == Dependencies::kNone) return;
    std::span<bool> from_beginning = arena.array<bool>(libraries_.size());
    std::span<bool> below = libraries_.reached_from(arena, target_);
    for (const handoff::ShimHeader* other : shims::find_shims(arena, capsule.request_bytes())) {
      std::size_t target = target_of(capsule, *other);
      if (target == Dependencies::kNone) continue;
      libraries_.reach(target, from_beginning);
      bool ended = std::ranges::find(endings().ended, other) != endings().ended.end();
      if (ended) continue;
      has_turn_[target] = true;
      std::span<bool> reached = libraries_.reached_from(arena, target);
      // In a circle each has its turn; and what the base knows is in its order.
      if (below[target] || is_known_to_base(target)) reached[target_] = false;
      add(reached);
    }
    for (std::size_t i = 0; i < libraries_.size(); ++i) {
      if (!from_beginning[i]) add(libraries_.reached_from(arena, i));
    }
  }

  // To be asked in ld.so's order.
  bool ends(const link_map* object) {
    std::size_t index = libraries_.index_of(object);
    if (target_ == Dependencies::kNone || index == Dependencies::kNone) return false;
    if (has_turn_[index]) behind_other_ = true;
    if (needed_[index]) return false;
    return index == target_ || !behind_other_ || libraries_.needs_others(arena_, index);
  }

 private:
  std::size_t target_of(const Capsule& capsule, const handoff::ShimHeader& shim) const {
    return libraries_.index_of(capsule.shims().target_of(shims::loaded_shim(shim)));
  }

  // Whether that library needs the target by way of exposed ones alone: so do their shims.
  bool is_known_to_base(std::size_t from) const {
    std::span<bool> reached = arena_.array<bool>(libraries_.size());
    reach_exposed(from, reached);
    return reached[target_];
  }
  void reach_exposed(std::size_t from, std::span<bool> reached) const {
    if (reached[from]) return;
    reached[from] = true;
    for (std::size_t need : libraries_.needs(from)) {
      if (capsule_.shims().is_target(libraries_[need])) reach_exposed(need, reached);
    }
  }

  void add(std::span<const bool> reached) {
    for (std::size_t i = 0; i < reached.size(); ++i) needed_[i] = needed_[i] || reached[i];
  }

  Arena& arena_;
  const Capsule& capsule_;
  Dependencies libraries_;
  std::size_t target_;
  std::span<bool> has_turn_, needed_;
  bool behind_other_ = false;  // one that comes later by the program's order
};

void end_with(Capsule& capsule, const handoff::ShimHeader& shim) {
  Endings& all = endings();
  Arena arena;
  Kept<OneEnd> kept(arena, arena, capsule, shim);
  for (std::size_t i = 0; i < all.order.size(); ++i) {
    const Ending& ending = all.aside[all.order[i]];
    if (ending.capsule == &capsule && (*kept).ends(ending.object)) run(all.order[i]);
  }
}

// That of the number that was spelt.
void end_numbered() {
  std::size_t number = take_number();
  if (number >= registered_capsules().size()) return;
  const Capsule& capsule = *registered_capsules()[number];
  if (capsule.ending().has_begun() && capsule.request().of_interface) end(capsule);
}

bool has_any_left(const Capsule& capsule) {
  return std::ranges::any_of(
      endings().aside, [&](const Ending& each) { return !each.done && each.capsule == &capsule; });
}

}  // namespace

std::span<const Addr> ending_of(Arena& arena, const Capsule& capsule) {
  return spell(arena, &put_all_aside, capsule.number());
}

std::span<const Addr> end_of(Arena& arena, const Capsule& capsule) {
  return spell(arena, &end_numbered, capsule.number());
}

void end_shim(const handoff::ShimHeader& shim) {
  for (Capsule* capsule : registered_capsules()) {
    if (!capsule->ending().has_begun() || capsule->request_bytes() != shims::request_of(shim))
      continue;
    endings().ended.push_back(&shim);
    bool last = capsule->ending().end_shim();
    if (last && !capsule->request().of_interface) {
      end(*capsule);
    } else if (has_any_left(*capsule)) {
      end_with(*capsule, shim);
    }
  }
}

void end_all() {
  for (Capsule* capsule : registered_capsules()) {
    if (capsule->ending().has_begun() && capsule->request().of_interface) end(*capsule);
  }
}

}  // namespace bulkhead::turns
