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
      : capsule_(capsule), base_(base), closure_(closure), places_(arena), names_(arena) {
    for (const resolve::Library& library : closure.libraries()) {
      if (is_exposed(library)) ++left_;
    }
  }

  List<NativePlace> run() {
    for (const elf::Object* object : process::interposers(base_)) add(*object);
    go_on(0);
    return run_opened();
  }

  List<NativePlace> run_opened() {
    for (const elf::Object* object : base_.objects()) {
      if (left_ == 0) break;
      try_from(*object);
    }
    // Needed by libraries of the capsule that nothing in the base leads to.
    for (const resolve::Library& library : closure_.libraries()) {
      if (left_ != 0 && is_exposed(library)) add(NativePlace{nullptr, &library});
    }
    return places_;
  }

 private:
  bool is_exposed(const resolve::Library& library) const {
    return plan::contains(capsule_.request().expose, library.known_as());
  }
  bool has(const void* library) const {
    return std::ranges::any_of(places_, [&](const NativePlace& place) {
      return place.base == library || place.inside == library;
    });
  }

  void add(const NativePlace& place) {
    if (has(place.base != nullptr ? static_cast<const void*>(place.base) : place.inside)) return;
    places_.push_back(place);
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

  void add(const elf::Object& object) {
    const resolve::Library* own = inside(object.dynamic.soname());
    add(own != nullptr ? NativePlace{nullptr, own} : NativePlace{&object, nullptr});
  }

  void add(std::string_view name) {
    if (plan::contains(names_.view(), name)) return;
    names_.push_back(name);
    if (const resolve::Library* own = inside(name)) {
      add(NativePlace{nullptr, own});
    } else if (const elf::Object* object = base_.find(name)) {
      add(NativePlace{object, nullptr});
    }
  }

  // Adds what those from number `from` on need, and what these need, until all that matters is
  // there.
  void go_on(std::size_t from) {
    for (std::size_t i = from; i < places_.size() && left_ != 0; ++i) {
      const NativePlace place = places_[i];
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
  void try_from(const elf::Object& object) {
    const std::size_t size = places_.size(), names = names_.size(), left = left_;
    add(object);
    go_on(size);
    if (left_ != left) return;
    places_.truncate(size);
    names_.truncate(names);
  }

  const Capsule& capsule_;
  process::BaseView& base_;
  const resolve::Closure& closure_;
  List<NativePlace> places_;
  List<std::string_view> names_;
  std::size_t left_ = 0;  // exposed libraries that have no place yet
};

}  // namespace

List<NativePlace> native_scope(Arena& arena, const Capsule& capsule, process::BaseView& base,
                               const resolve::Closure& closure) {
  return Search(arena, capsule, base, closure).run();
}

List<NativePlace> scope_of_opened(Arena& arena, const Capsule& capsule, process::BaseView& base,
                                  const resolve::Closure& closure) {
  return Search(arena, capsule, base, closure).run_opened();
}

}  // namespace bulkhead::capsule
