#include "capsule/registered.h"

#include "base/lock.h"
#include "process/loader.h"

namespace bulkhead::capsule {

// Capsules for which glibc had no namespace left, and this system's libraries stand in. As
// many as there can be real ones: who has more has a fault elsewhere.
constexpr std::size_t kMaxBeyond = 15;

// The lock guards all of it; `all` and `count` are read without.
class Registry {
 public:
  constexpr Registry() = default;

  std::span<Capsule* const> all() const {
    return {all_, __atomic_load_n(&count_, __ATOMIC_ACQUIRE)};
  }

  Capsule* find(std::string_view request_bytes) {
    Locked locked(lock_);
    return known(request_bytes);
  }

  Capsule* join(std::string_view request_bytes) {
    Locked locked(lock_);
    Capsule* capsule = known(request_bytes);
    if (capsule != nullptr) count_attempt(*capsule);
    return capsule;
  }

  Result<Registered> add(Capsule* made) {
    Locked locked(lock_);
    // Another thread was faster?
    if (Capsule* capsule = known(made->request_bytes())) {
      destroy_capsule(made);
      count_attempt(*capsule);
      return Registered{capsule, false, false};
    }
    count_attempt(*made);
    if (give_place(*made)) return Registered{made, true, false};
    if (made->request().of_interface) {
      destroy_capsule(made);
      return std::unexpected(no_namespace_left());
    }
    made->stand_in_natively();  // whether or not the request allows it: it can be nothing else
    if (beyond_count_ < kMaxBeyond) beyond_[beyond_count_++] = made;
    return Registered{made, true, true};
  }

  void end_attempt(Capsule& capsule) {
    Locked locked(lock_);
    capsule.use().end_attempt();
  }

 private:
  Capsule* known(std::string_view request_bytes) const {
    for (Capsule* capsule : all()) {
      if (capsule->request_bytes() == request_bytes) return capsule;
    }
    for (Capsule* capsule : std::span(beyond_, beyond_count_)) {
      if (capsule->request_bytes() == request_bytes) return capsule;
    }
    return nullptr;
  }

  static void count_attempt(Capsule& capsule) {
    if (capsule.request().of_interface) capsule.use().begin_attempt();
  }

  // A place of its own, or that of one which could not be opened.
  bool give_place(Capsule& capsule) {
    if (count_ < kMaxCapsules) {
      capsule.number_ = static_cast<unsigned>(count_);
      all_[count_] = &capsule;
      __atomic_store_n(&count_, count_ + 1, __ATOMIC_RELEASE);
      return true;
    }
    for (Capsule* other : all()) {
      bool given_up = other->request().of_interface && !other->use().has_attempts();
      if (!given_up || other->space().is_open()) continue;
      capsule.number_ = other->number_;
      __atomic_store_n(&all_[capsule.number_], &capsule, __ATOMIC_RELEASE);
      return true;
    }
    return false;
  }

  Lock lock_;
  Capsule* all_[kMaxCapsules] = {};
  std::size_t count_ = 0;
  Capsule* beyond_[kMaxBeyond] = {};
  std::size_t beyond_count_ = 0;
};

namespace {

// Guard: its own lock.
constinit Registry g_registry;

}  // namespace

Error no_namespace_left() {
  return {Fault::limit, 0, "glibc allows 15 capsules in a process, and all are in use"};
}

std::span<Capsule* const> registered_capsules() { return g_registry.all(); }

Capsule* find_capsule(std::string_view request_bytes) { return g_registry.find(request_bytes); }

Capsule* join_capsule(std::string_view request_bytes) { return g_registry.join(request_bytes); }

Result<Registered> register_capsule(Capsule* made) { return g_registry.add(made); }

Attempt::~Attempt() { g_registry.end_attempt(capsule_); }

void find_roots() {
  Lmid_t known[kMaxCapsules];
  std::size_t count = 0;
  for (const Capsule* capsule : registered_capsules()) {
    if (capsule->space().is_open()) known[count++] = capsule->space().id();
  }
  for (Capsule* capsule : registered_capsules()) {
    Namespace& space = capsule->space();
    if (space.is_open() || !space.is_opened_by_this_thread()) continue;
    link_map* root = process::find_in_new_space(space.manifest(), {known, count});
    if (root != nullptr) space.publish(root, process::namespace_of(root));
  }
}

}  // namespace bulkhead::capsule
