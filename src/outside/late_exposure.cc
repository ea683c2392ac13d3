#include "outside/late_exposure.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <optional>
#include <utility>

#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/lock.h"
#include "base/text.h"
#include "image/observer.h"
#include "outside/bringing.h"
#include "outside/call_mode.h"
#include "process/later_references.h"
#include "process/loader.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::outside {

using capsule::Capsule;

namespace {

// Whether there is any capsule that exposes late. Guard: atomic.
constinit bool g_any = false;

// What was opened together with a library, for as long as the program has that open.
struct Company {
  void* handle = nullptr;  // null: free for another
  void* all = nullptr;
};

constinit Lock g_lock;

// In memory that is never given back. Guard: g_lock.
struct Companies {
  Arena arena;
  List<Company> all{arena};
};
Companies& companies() {
  alignas(Companies) static std::byte room[sizeof(Companies)];  // Guard: g_lock
  static Companies* made = nullptr;                             // Guard: g_lock
  if (made == nullptr) made = new (room) Companies;
  return *made;
}

void keep_company(void* handle, void* all) {
  const Locked locked(g_lock);
  for (Company& each : companies().all) {
    if (each.handle != nullptr) continue;
    each = {handle, all};
    return;
  }
  companies().all.push_back({handle, all});
}

bool has_company(const void* handle) {
  const Locked locked(g_lock);
  auto is_its = [&](const Company& each) { return each.handle == handle; };
  return std::ranges::any_of(companies().all, is_its);
}

// Null if there is none left.
void* take_company(const void* handle) {
  const Locked locked(g_lock);
  for (Company& each : companies().all) {
    if (each.handle == handle) return std::exchange(each, {}).all;
  }
  return nullptr;
}

// Whether the program has a library open that its company keeps loaded. Only ld.so has counted its
// openings: it refuses to close what nobody has open. Under ld.so's lock.
bool is_open(void* handle) {
  if (process::close_handle(handle) != 0) {
    process::forget_error();
    return false;
  }
  const char* name = process::name_of(static_cast<link_map*>(handle));
  process::loaded_handle(process::own_space(), name);
  return true;
}

// One dlopen.
class Opening {
 public:
  Opening(Arena& arena, const char* file, int mode, const void* caller, void (*relocated)())
      : arena_(arena), bringing_(arena, file, caller), mode_(mode), relocated_(relocated) {}

  bool may_concern() { return bringing_.may_concern(); }

  // Under ld.so's lock.
  void run() {
    if (!bringing_.find()) return;
    result_.is_done = true;
    error_ = bringing_.error();
    if (error_ != nullptr) return;
    Result<process::ImageFile> image = process::ImageFile::make(
        arena_, "bulkhead-manifest",
        image::build_observer(arena_, bringing_.list(), reinterpret_cast<elf::Addr>(&come)));
    if (image) {
      image_.emplace(std::move(*image));
      Opening* outer = std::exchange(g_innermost, this);
      open();
      g_innermost = outer;
    } else {
      error_ = arena_.create<Error>(image.error());
    }
  }

  // The message of a failure is to be the thread's last one: taking the lock is a dlopen, too.
  LateOpening finish() {
    if (!result_.is_done || result_.handle != nullptr) return result_;
    if (error_ == nullptr) {
      open();
    } else {
      std::string_view text = join(arena_, {"bulkhead: ", render(arena_, *error_)});
      process::open_file(process::own_space(), text.data(), RTLD_LAZY);
    }
    return result_;
  }

 private:
  void open() {
    constexpr int kOfAll = RTLD_LAZY | RTLD_NOW | RTLD_GLOBAL | RTLD_DEEPBIND;
    const Lmid_t space = process::own_space();
    const NotedCall noted(mode_);
    void* all = process::open_file(space, image_->path().data(), mode_ & kOfAll);
    if (all == nullptr) return;
    result_.handle = process::open_file(space, bringing_.root().data(), mode_);
    // Closed, ld.so would give what it has brought scopes in which each comes first for itself.
    // (With RTLD_DEEPBIND there would be no others.)
    if (result_.handle != nullptr) {
      keep_company(result_.handle, all);
    } else if ((mode_ & RTLD_DEEPBIND) == 0) {
      process::close_handle(all);
    }
  }

  // All is relocated. Constructors must not find descriptors of ours. (Without the lock what failed
  // is only tried again.)
  static std::uintptr_t come() {
    if (g_innermost == nullptr) return 0;
    Opening& opening = *g_innermost;
    opening.bringing_.close();
    opening.image_->close();
    if (opening.relocated_ != nullptr) opening.relocated_();
    return 0;
  }

  // That ld.so has under way; constructors open more. Guard: ld.so's lock.
  static constinit Opening* g_innermost;

  Arena& arena_;
  Bringing bringing_;
  std::optional<process::ImageFile> image_;
  int mode_;
  void (*relocated_)();
  const Error* error_ = nullptr;
  LateOpening result_;
};

constinit Opening* Opening::g_innermost = nullptr;

}  // namespace

void expose_late(Capsule& capsule) {
  capsule.expose_late();
  __atomic_store_n(&g_any, true, __ATOMIC_RELEASE);
}

void hook_later_libraries(Arena& arena, std::span<const words::Import> hooks) {
  List<process::Lead> leads(arena);
  for (const words::Import& hook : hooks) {
    leads.push_back({hook.name, hook.original, hook.address});
  }
  process::lead_later_references(arena, leads.view());
}

void end_company(void* handle) {
  if (!__atomic_load_n(&g_any, __ATOMIC_ACQUIRE) || !has_company(handle)) return;
  Arena arena;
  bool ended = false;
  process::with_loader_lock(arena, [&] { ended = has_company(handle) && !is_open(handle); });
  while (void* all = ended ? take_company(handle) : nullptr) process::close_handle(all);
}

LateOpening open_with_exposed(const char* file, int mode, const void* caller, void (*relocated)()) {
  if (!__atomic_load_n(&g_any, __ATOMIC_ACQUIRE)) return {};
  if (file == nullptr || *file == '\0' || (mode & (RTLD_LAZY | RTLD_NOW)) == 0) return {};
  KeepErrno keep;
  if (is_plainly_unconcerned(file)) return {};
  Arena arena;
  Kept<Opening> kept(arena, arena, file, mode, caller, relocated);
  Opening& opening = *kept;
  if (!opening.may_concern()) return {};
  process::with_loader_lock(arena, [&] { opening.run(); });
  return opening.finish();
}

}  // namespace bulkhead::outside
