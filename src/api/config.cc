#include "api/config.h"

#include <dlfcn.h>
#include <pthread.h>

#include "api/interface.h"
#include "api/registry.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "handoff/config_library.h"
#include "handoff/handoff.h"
#include "process/loader.h"
#include "process/questions.h"

namespace bulkhead::api {
namespace {

struct Answer {
  Arena& arena;
  std::string_view bytes;
};

void keep(void* context, const char* bytes, std::size_t size) {
  auto& answer = *static_cast<Answer*>(context);
  answer.bytes = answer.arena.copy({bytes, size});
}

// In the program's namespace, and of no use to anybody else there.
Result<link_map*> open_config_library(Arena& arena, std::string_view directory) {
  constexpr int kMode = RTLD_NOW | RTLD_LOCAL;
  std::string_view path = process::private_library(arena, directory, handoff::kConfigLibrary);
  Result<link_map*> opened = process::open_in(arena, LM_ID_BASE, path, kMode);
  // This library may be a copy in a directory of shims.
  if (!opened) opened = process::open_in(arena, LM_ID_BASE, handoff::kConfigLibrary, kMode);
  if (!opened) {
    return fail(Fault::missing, "cannot be loaded", path, opened.error().because,
                "it reads configuration files: install it beside libbulkhead.so.0");
  }
  return opened;
}

}  // namespace

Result<std::string_view> request_of_config(Arena& arena, const char* file, const char* name) {
  std::string_view directory = arena.copy(own_directory(arena));  // NUL-terminated
  Result<link_map*> library = open_config_library(arena, directory);
  if (!library) return std::unexpected(library.error());
  auto* function = reinterpret_cast<handoff::ConfigFunction*>(
      process::symbol_by(*library, handoff::kConfigFunction));
  if (function == nullptr) {
    process::close(*library);
    return fail(Fault::unsupported, "is of another release than libbulkhead.so.0",
                handoff::kConfigLibrary, {}, "install both anew");
  }
  Answer answer{arena, {}};
  const handoff::ConfigQuestion question{sizeof question, file, name, directory.data()};
  const handoff::ConfigAnswer put{&answer, keep};
  // It reads files by libc's functions, in which a thread may be cancelled.
  int cancelling = 0;
  ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
  std::int32_t code = function(&question, &put);
  ::pthread_setcancelstate(cancelling, nullptr);
  process::close(*library);
  if (code == 0) return answer.bytes;
  return fail(static_cast<Fault>(code - 1), answer.bytes);
}

}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_code bh_capsule_open_config(const char* file,
                                                                      const char* name,
                                                                      bh_capsule** capsule,
                                                                      bh_error** error) {
  using namespace bulkhead;
  using namespace bulkhead::api;
  KeepErrno keep;
  if (file == nullptr) return report_argument("bh_capsule_open_config: no file", error);
  if (capsule == nullptr) {
    return report_argument("bh_capsule_open_config: no place for the capsule", error);
  }
  Arena arena;
  Result<std::string_view> bytes = request_of_config(arena, file, name);
  if (!bytes) return report(bytes.error(), error);
  Result<handoff::Request> request = handoff::decode(arena, *bytes);
  if (!request) return report(request.error(), error);
  if (request->name.starts_with(kReservedName)) {
    return report({Fault::conflict, 0, "is a name of bulkhead's own, as all that begin with #",
                   request->name},
                  error);
  }
  Result<capsule::Capsule*> opened = open_request(arena, *request);
  if (!opened) return report(opened.error(), error);
  *capsule = as_handle(*opened);
  return BH_OK;
}
}
