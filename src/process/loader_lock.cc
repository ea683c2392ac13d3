#include "process/loader_lock.h"

#include "base/thread_id.h"
#include "image/manifest.h"
#include "process/constructor_call.h"
#include "process/libdl.h"
#include "process/loader.h"
#include "process/modules.h"

namespace bulkhead::process {
namespace {

bool is_only_thread() {
  Result<std::size_t> count = count_threads();
  return count && *count == 1;
}

// The thread that is inside. In a child of fork no thread has the number of its parent's. Guard:
// atomic.
constinit pid_t g_holder = 0;

struct Section {
  void (*function)(void*);
  void* context;
  ImageFile file;
};

void run(void* context) {
  auto* section = static_cast<Section*>(context);
  // ld.so has mapped it; constructors of what is opened inside must not find its descriptor.
  { ImageFile closed = static_cast<ImageFile&&>(section->file); }
  __atomic_store_n(&g_holder, thread_id(), __ATOMIC_RELAXED);
  section->function(section->context);
  __atomic_store_n(&g_holder, 0, __ATOMIC_RELAXED);
}

}  // namespace

void with_loader_lock(Arena& arena, void (*function)(void*), void* context) {
  if (__atomic_load_n(&g_holder, __ATOMIC_RELAXED) == thread_id() || is_only_thread()) {
    return function(context);
  }
  link_map* image = nullptr;
  {
    Section section{function, context, {}};
    ConstructorCall call(&run, &section);
    Result<ImageFile> file = ImageFile::make(
        arena, "bulkhead-lock", image::build_constructor(arena, ConstructorCall::entry()));
    if (file) {
      std::string_view path = file->path();
      section.file = static_cast<ImageFile&&>(*file);
      Result<link_map*> opened = open_in(arena, own_space(), path, RTLD_LAZY | RTLD_LOCAL);
      if (opened) image = *opened;
    }
    if (!call.done()) function(context);
  }
  if (image != nullptr) close(image);
}

bool take_first_turn(Arena& arena) {
  ConstructorCall call([](void*) {}, nullptr);
  Result<ImageFile> file = ImageFile::make(
      arena, "bulkhead-lock", image::build_constructor(arena, ConstructorCall::entry(), true));
  if (!file) return false;
  Result<link_map*> opened = open_in(arena, own_space(), file->path(), RTLD_LAZY | RTLD_LOCAL);
  if (opened) close(*opened);
  return opened.has_value();
}

}  // namespace bulkhead::process
