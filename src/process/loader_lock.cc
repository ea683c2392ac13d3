#include "process/loader_lock.h"

#include "base/fd.h"
#include "image/manifest.h"
#include "process/constructor_call.h"
#include "process/libdl.h"
#include "process/loader.h"

namespace bulkhead::process {
namespace {

// The kernel counts a process's threads as links to this directory (proc_task_getattr).
bool is_only_thread() {
  struct stat status;
  return status_of("/proc/self/task", status) == 0 && status.st_nlink == 3;
}

}  // namespace

void with_loader_lock(Arena& arena, void (*function)(void*), void* context) {
  if (is_only_thread()) return function(context);
  link_map* image = nullptr;
  {
    ConstructorCall call(function, context);
    Result<ImageFile> file = ImageFile::make(
        arena, "bulkhead-lock", image::build_constructor(arena, ConstructorCall::entry()));
    if (file) {
      Result<link_map*> opened = open_in(arena, LM_ID_BASE, file->path(), RTLD_LAZY | RTLD_LOCAL);
      if (opened) image = *opened;
    }
    if (!call.done()) function(context);
  }
  if (image != nullptr) close(image);
}

}  // namespace bulkhead::process
