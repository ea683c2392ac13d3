#include "isolation/heap_report.h"

#include "base/arena.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::isolation {

using capsule::Capsule;
using capsule::registered_capsules;

namespace {

std::string_view library_at(Arena& arena, const void* code) {
  process::Owner owner = process::owner_of(code);
  if (owner.object == nullptr) return "unknown code";
  return *process::name_of(owner.object) == '\0' ? "the program"
                                                 : arena.copy(process::name_of(owner.object));
}

std::string_view name_of_heap(Arena& arena, unsigned heap) {
  if (heap >= registered_capsules().size()) return "the program's heap";
  const Capsule& capsule = *registered_capsules()[heap];
  std::string_view name = capsule.request().name;
  std::string_view space = decimal(arena, static_cast<std::uint64_t>(capsule.space().id()));
  return join(arena, {"the heap of capsule \"", name, "\" (namespace ", space, ")"});
}

}  // namespace

void report_wrong_side(const char* function, const void* pointer, const Allocation& allocation,
                       const Allocation& user) {
  if (!debug_enabled(Topic::heap)) return;
  KeepErrno keep;
  Arena arena;
  std::string_view by =
      allocation.caller != nullptr
          ? join(arena, {", which ", library_at(arena, allocation.caller), " allocated,"})
          : std::string_view{", allocated before it was watched,"};
  message({function, " on the wrong side: memory of ", name_of_heap(arena, allocation.heap), " at ",
           hexadecimal(arena, reinterpret_cast<std::uintptr_t>(pointer)), by,
           " is given to that of ", name_of_heap(arena, user.heap), " by ",
           library_at(arena, user.caller)});
}

}  // namespace bulkhead::isolation
