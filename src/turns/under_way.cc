#include "turns/under_way.h"

#include <cstdint>
#include <utility>

#include "base/arena.h"
#include "base/text.h"
#include "process/modules.h"

namespace bulkhead::turns {

namespace {

// The thread that holds ld.so's lock for the innermost opening, by its thread pointer; 0: none
// does. What the others see in it is never their own. Guard: atomic.
constinit std::uintptr_t g_thread = 0;
// Guard: ld.so's lock.
constinit UnderWay* g_innermost = nullptr;
// Guard: the same.
constinit Again* g_again = nullptr;

// Without a system call.
std::uintptr_t own_thread() { return reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer()); }

}  // namespace

UnderWay::UnderWay(const capsule::Capsule& capsule, std::string_view name)
    : capsule_(capsule), name_(name), outer_thread_(g_thread), outer_(g_innermost) {
  g_innermost = this;
  __atomic_store_n(&g_thread, own_thread(), __ATOMIC_RELAXED);
}

UnderWay::~UnderWay() {
  __atomic_store_n(&g_thread, outer_thread_, __ATOMIC_RELAXED);
  g_innermost = outer_;
  if (!waits_) return;
  auto call = [&](Addr function) {
    reinterpret_cast<Constructor>(function)(arguments_.count, arguments_.arguments,
                                            arguments_.environment);
  };
  if (constructors_.function != 0) call(constructors_.function);
  for (std::size_t i = 0; i < constructors_.count; ++i) call(constructors_.array[i]);
}

Again::Again(const capsule::Capsule& capsule, std::string_view path) {
  if (__atomic_load_n(&g_thread, __ATOMIC_RELAXED) != own_thread()) return;
  Arena arena;
  for (UnderWay* each = g_innermost; each != nullptr; each = each->outer_) {
    const bool is_it = &each->capsule_ == &capsule && !each->waits_ &&
                       (path == join(arena, {capsule.request().tree, each->name_}) ||
                        path == capsule.contents().path_of(each->name_));
    if (!is_it) continue;
    library_ = process::find_loaded(capsule.space().root(), path);
    instead_ = reinterpret_cast<Addr>(&come);
    if (library_ == nullptr || !write({&instead_, 1, instead_}, each->constructors_)) return;
    opening_ = each;
    outer_ = std::exchange(g_again, this);
    return;
  }
}

// If ld.so has not called us it has begun the library already, or nothing is to be begun.
Again::~Again() {
  if (opening_ == nullptr) return;
  g_again = outer_;
  Aside ours;
  if (!opening_->waits_) write(opening_->constructors_, ours);
}

void Again::come(int count, char** arguments, char** environment) {
  if (g_again == nullptr) return;
  g_again->opening_->arguments_ = {count, arguments, environment};
  g_again->opening_->waits_ = true;
}

bool Again::write(const Aside& instead, Aside& aside) const {
  Result<elf::Image> image = process::image_of(library_);
  const Entries entries = constructors_of(dynamic_section(library_));
  return image && entries.any() &&
         put_aside(library_, *image, entries, {instead.array, instead.count}, instead.function,
                   aside);
}

}  // namespace bulkhead::turns
