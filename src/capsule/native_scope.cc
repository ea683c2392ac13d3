#include "capsule/native_scope.h"

#include <algorithm>

#include "base/text.h"
#include "plan/rules_of_thumb.h"
#include "process/global_scope.h"

namespace bulkhead::capsule {
namespace {

class Search {
 public:
  Search(Arena& arena, const Capsule& capsule, process::BaseView& base,
         const resolve::Closure& closure)
      : capsule_(capsule),
        base_(base),
        closure_(closure),
        places_(arena),
        known_(arena.array<bool>(base.objects().size() + closure.libraries().size())) {
    for (const resolve::Library& library : closure.libraries()) {
      if (is_exposed(library)) ++left_;
    }
  }

  List<NativePlace> run(Arena& arena) {
    for (std::size_t i = 0; i < process::interposers(base_).size(); ++i) add(i);
    go_on(0);
    return run_opened(arena);
  }

  List<NativePlace> run_opened(Arena& arena) {
    for (std::size_t i = 0; i < base_.objects().size() && left_ != 0; ++i) try_from(i);
    // Needed by libraries of the capsule that nothing in the base leads to.
    for (const resolve::Library& library : closure_.libraries()) {
      if (left_ != 0 && is_exposed(library)) add(NativePlace{nullptr, &library});
    }
    List<NativePlace> places(arena);
    places.reserve(places_.size());
    for (const Place& each : places_) places.push_back(each.place);
    return places;
  }

 private:
  struct Place {
    NativePlace place;
    std::size_t index;  // of what is the base's
  };

  bool is_exposed(const resolve::Library& library) const {
    return plan::contains(capsule_.request().expose, library.known_as());
  }
  // Whether it has a place: `place.base` is the object number `index` of the base.
  bool& is_known(const NativePlace& place, std::size_t index) {
    if (place.base != nullptr) return known_[index];
    return known_[base_.objects().size() +
                  static_cast<std::size_t>(place.inside - closure_.libraries().data())];
  }

  void add(const NativePlace& place, std::size_t index = 0) {
    bool& known = is_known(place, index);
    if (known) return;
    known = true;
    places_.push_back({place, index});
    if (place.inside != nullptr && is_exposed(*place.inside)) --left_;
  }

  // The capsule's own of that name; null if it has none.
  const resolve::Library* inside(std::string_view name) const {
    if (name.empty()) return nullptr;
    for (const resolve::Library& library : closure_.libraries()) {
      if (library.known_as() == name || library.name == name) return &library;
    }
    // An exposed one without SONAME is exposed by its path, and needed by the name of its file.
    for (const resolve::Library& library : closure_.libraries()) {
      if (library.soname.empty() && file_name_of(library.name) == name && is_exposed(library))
        return &library;
    }
    return nullptr;
  }

  void add(std::size_t index) {
    const elf::Object* object = base_.objects()[index];
    const resolve::Library* own = inside(object->dynamic.soname());
    add(own != nullptr ? NativePlace{nullptr, own} : NativePlace{object, nullptr}, index);
  }

  void add(std::string_view name) {
    if (const resolve::Library* own = inside(name)) return add(NativePlace{nullptr, own});
    const std::size_t index = base_.index_of(name);
    if (index < base_.objects().size()) add(NativePlace{base_.objects()[index], nullptr}, index);
  }

  // Adds what those from number `from` on need, and what these need, until all that matters is
  // there.
  void go_on(std::size_t from) {
    for (std::size_t i = from; i < places_.size() && left_ != 0; ++i) {
      const NativePlace place = places_[i].place;
      if (place.base != nullptr) {
        place.base->dynamic.for_each_needed([&](std::string_view name) { add(name); });
        continue;
      }
      for (const resolve::Need& need : place.inside->needs) {
        bool found = need.library != resolve::kNone;
        add(found ? closure_.libraries()[need.library].known_as() : need.name);
      }
    }
  }

  // From what was opened by dlopen, if that leads to an exposed library.
  void try_from(std::size_t index) {
    const std::size_t size = places_.size(), left = left_;
    add(index);
    go_on(size);
    if (left_ != left) return;
    for (std::size_t i = size; i < places_.size(); ++i) {
      is_known(places_[i].place, places_[i].index) = false;
    }
    places_.truncate(size);
  }

  const Capsule& capsule_;
  process::BaseView& base_;
  const resolve::Closure& closure_;
  List<Place> places_;
  std::span<bool> known_;  // objects of the base, then libraries of the closure
  std::size_t left_ = 0;   // exposed libraries that have no place yet
};

}  // namespace

List<NativePlace> native_scope(Arena& arena, const Capsule& capsule, process::BaseView& base,
                               const resolve::Closure& closure) {
  return Search(arena, capsule, base, closure).run(arena);
}

List<NativePlace> scope_of_opened(Arena& arena, const Capsule& capsule, process::BaseView& base,
                                  const resolve::Closure& closure) {
  return Search(arena, capsule, base, closure).run_opened(arena);
}

}  // namespace bulkhead::capsule
