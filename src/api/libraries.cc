// bh_library_*: libraries inside a capsule, opened, searched for symbols and closed.
#include "api/interface.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/inventory.h"
#include "capsule/registered.h"
#include "opening/demand.h"
#include "opening/openings.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::api {
namespace {

using capsule::Capsule;

bh_library* as_library(void* handle) { return static_cast<bh_library*>(handle); }

// What the program's own dlsym finds.
void* symbol_by(void* handle, const char* name, const char* version) {
  for (Capsule* capsule : capsule::registered_capsules()) {
    if (!capsule->contents().has_handle(handle)) continue;
    return capsule->hooks().symbol_by_handle(*capsule, handle, name, version);
  }
  return process::symbol_by(handle, name, version);
}

// dlsym or dlvsym; `said`: what ld.so says if there is no such symbol, else empty.
void* look_up(void* handle, const char* name, const char* version, std::string_view& said) {
  process::forget_error();
  void* found = symbol_by(handle, name, version);
  const char* text = found == nullptr ? process::take_error() : nullptr;
  said = text != nullptr ? text : std::string_view{};
  return found;
}

// A stand-in has its library's symbols and no dependencies: those are the library's.
void* look_up_in_base(Arena& arena, const link_map* stand_in, const char* name,
                      const char* version) {
  std::string_view library = process::soname_of(stand_in);
  void* handle = process::loaded_handle(LM_ID_BASE, arena.copy(library).data());
  if (handle == nullptr) return nullptr;
  std::string_view said;
  void* found = look_up(handle, name, version, said);
  process::close_handle(handle);
  return found;
}

struct Extent {
  elf::Addr begin = 0;
  elf::Addr end = 0;
};

Extent extent_of(const link_map* library) {
  Extent extent{~elf::Addr{0}, 0};
  for (const elf::Phdr& header : process::headers_of(library)) {
    if (header.p_type != PT_LOAD) continue;
    elf::Addr begin = process::bias_of(library) + header.p_vaddr;
    if (begin < extent.begin) extent.begin = begin;
    if (begin + header.p_memsz > extent.end) extent.end = begin + header.p_memsz;
  }
  return extent.end == 0 ? Extent{} : extent;
}

struct Listing {
  Arena& arena;
  const Capsule& capsule;
  int (*visit)(const bh_library_info*, void*);
  void* data;
};

int visit_item(const capsule::Item& item, void* context) {
  auto* to = static_cast<Listing*>(context);
  Extent extent = extent_of(item.library);
  bh_library_info info = {};
  info.size = sizeof info;
  info.name = to->arena.copy(item.name).data();
  info.file = process::name_of(item.library);
  info.begin = reinterpret_cast<const void*>(extent.begin);
  info.end = reinterpret_cast<const void*>(extent.end);
  info.library = as_library(item.object);
  bool exposed = plan::contains(to->capsule.request().expose, item.name);
  info.role = item.shared ? BH_SHARED : exposed ? BH_EXPOSED : BH_PRIVATE;
  // What nobody has opened is no handle: ld.so would crash on it.
  void* held = process::loaded_handle(to->capsule.space().id(), process::name_of(item.object));
  int result = to->visit(&info, to->data);
  if (held != nullptr) process::close_handle(held);
  return result;
}

}  // namespace
}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_code bh_library_open(bh_capsule* capsule,
                                                               const char* file, int mode,
                                                               bh_library** library,
                                                               bh_error** error) {
  using namespace bulkhead;
  KeepErrno keep;
  constexpr int kModes =
      RTLD_LAZY | RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD | RTLD_NODELETE | RTLD_DEEPBIND;
  if (capsule == nullptr || library == nullptr || file == nullptr || *file == '\0') {
    return api::report_argument("bh_library_open: null, or an empty name", error);
  }
  if ((mode & (RTLD_SHARED | RTLD_ISOLATE)) != 0) {
    return api::report_argument("bh_library_open: mode has flags that only bh_dlmopen takes",
                                error);
  }
  if ((mode & ~kModes) != 0) {
    return api::report_later("bh_library_open", "flags", error);
  }
  if ((mode & (RTLD_LAZY | RTLD_NOW)) == 0) mode |= RTLD_NOW;
  Arena arena;
  Result<void*> handle = opening::open_on_demand(arena, api::capsule_of(capsule), {file, mode});
  if (!handle) return api::report(handle.error(), error);
  *library = api::as_library(*handle);
  return BH_OK;
}

__attribute__((visibility("default"))) bh_code bh_library_close(bh_library* library,
                                                                bh_error** error) {
  using namespace bulkhead;
  KeepErrno keep;
  if (!opening::is_open(library)) {
    return api::report_argument("bh_library_close: this library is not open", error);
  }
  if (opening::close_handle(library) == 0) return BH_OK;
  const char* text = process::take_error();
  return api::report({Fault::system, 0, "could not be closed", {}, text != nullptr ? text : ""},
                     error);
}

__attribute__((visibility("default"))) void* bh_symbol(bh_library* library, const char* name,
                                                       const char* version, bh_error** error) {
  using namespace bulkhead;
  KeepErrno keep;
  if (library == nullptr || name == nullptr) {
    api::report_argument("bh_symbol: null", error);
    return nullptr;
  }
  std::string_view said;
  void* found = api::look_up(library, name, version, said);
  if (found != nullptr || said.empty()) return found;
  Arena arena;
  said = arena.copy(said);
  auto* object = reinterpret_cast<link_map*>(library);
  if (process::is_image_path(process::name_of(object))) {
    found = api::look_up_in_base(arena, object, name, version);
    if (found != nullptr) return found;
  }
  api::report({Fault::missing, 0, "is not defined there", name, said}, error);
  return nullptr;
}

__attribute__((visibility("default"))) int bh_capsule_libraries(
    bh_capsule* capsule, int (*visit)(const bh_library_info* info, void* data), void* data) {
  using namespace bulkhead;
  if (visit == nullptr) return 0;
  KeepErrno keep;
  Arena arena;
  api::Listing listing{arena, api::capsule_of(capsule), visit, data};
  return capsule::for_each_library(arena, listing.capsule, &api::visit_item, &listing);
}
}
