// bh_tool_watch and bh_tool_region*: which libraries there are, and to whom an address belongs.
#include <bulkhead/tool.h>

#include <cstring>

#include "api/interface.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "tool/calls.h"
#include "tool/events.h"
#include "tool/regions.h"

namespace bulkhead::api {
namespace {

using tool::Event;
using tool::Region;
using tool::RegionKind;

using EventCallback = void (*)(const bh_library_event* event, void* data);

static_assert(int{BH_LOADED} == int(Event::loaded) && int{BH_UNLOADED} == int(Event::unloaded));
static_assert(int{BH_REGION_LIBRARY} == int(RegionKind::library) &&
              int{BH_REGION_CAPSULE} == int(RegionKind::capsule));

// At the end of the path, so it ends with a zero as the other one does.
const char* name_of(const tool::Library& library) {
  return library.soname.empty() ? file_name_of(library.path).data() : library.soname.data();
}

void tell(Event event, const tool::Library& library, const tool::Listener& listener) {
  bh_library_event told = {};
  told.size = sizeof told;
  told.event = static_cast<bh_event>(event);
  told.path = library.path.data();
  told.soname = name_of(library);
  told.begin = reinterpret_cast<const void*>(library.begin);
  told.end = reinterpret_cast<const void*>(library.end);
  told.map = library.map;
  reinterpret_cast<EventCallback>(listener.function)(&told, listener.data);
}

bh_region describe(const Region& region) {
  const tool::Library& library = region.library;
  bh_region told = {};
  told.size = sizeof told;
  told.kind = static_cast<bh_region_kind>(region.kind);
  told.space = region.space;
  told.path = told.soname = "";
  if (region.kind == RegionKind::none) return told;
  told.begin = reinterpret_cast<const void*>(library.begin);
  told.end = reinterpret_cast<const void*>(library.end);
  told.path = library.path.data();
  told.soname = name_of(library);
  return told;
}

}  // namespace
}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_code bh_tool_watch(
    void (*callback)(const bh_library_event* event, void* data), void* data, uint32_t flags,
    bh_watch** watch, bh_error** error) {
  using namespace bulkhead;
  KeepErrno keep;
  if (callback == nullptr || watch == nullptr) {
    return api::report_argument("bh_tool_watch: null", error);
  }
  if ((flags & ~unsigned{BH_WATCH_PRESENT}) != 0) {
    return api::report_later("bh_tool_watch", "flags", error);
  }
  Arena arena;
  tool::Listener listener = {&api::tell, reinterpret_cast<void (*)()>(callback), data};
  Status added =
      tool::add_watch(arena, tool::own_rules(arena), listener, (flags & BH_WATCH_PRESENT) != 0,
                      reinterpret_cast<tool::Watch**>(watch));
  return added ? BH_OK : api::report(added.error(), error);
}

__attribute__((visibility("default"))) void bh_tool_unwatch(bh_watch* watch) {
  using namespace bulkhead;
  KeepErrno keep;
  if (watch == nullptr) return;
  Arena arena;
  tool::remove_watch(arena, reinterpret_cast<tool::Watch*>(watch));
}

__attribute__((visibility("default"))) int bh_tool_regions(int (*visit)(const bh_region* region,
                                                                        void* data),
                                                           void* data) {
  using namespace bulkhead;
  KeepErrno keep;
  Arena arena;
  for (const tool::Region& region : tool::current_regions(arena)) {
    bh_region told = api::describe(region);
    if (int result = visit(&told, data)) return result;
  }
  return 0;
}

__attribute__((visibility("default"))) bh_region_kind bh_tool_region_of(const void* address,
                                                                        bh_region* region) {
  using namespace bulkhead;
  tool::Region found = tool::find_region(reinterpret_cast<elf::Addr>(address));
  if (region != nullptr && region->size >= sizeof region->size) {
    bh_region told = api::describe(found);
    std::size_t size = region->size < sizeof told ? region->size : sizeof told;
    told.size = size;
    std::memcpy(region, &told, size);
  }
  return static_cast<bh_region_kind>(found.kind);
}
}
