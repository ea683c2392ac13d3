// bh_owner and bh_debug_heap: whose memory a pointer leads to.
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api/interface.h"
#include "base/diagnostics.h"
#include "base/fd.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "isolation/heap_registry.h"
#include "isolation/heap_watch.h"
#include "process/loader_lock.h"
#include "process/modules.h"

namespace bulkhead::api {
namespace {

// A line of /proc/self/maps, as far as it counts here.
struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string_view name;  // a file's path, "[stack]", "[heap]", or empty

  bool holds(const void* address) const {
    auto value = reinterpret_cast<std::uintptr_t>(address);
    return begin <= value && value < end;
  }
};

bool parse_hexadecimal(std::string_view text, std::uint64_t& value) {
  value = 0;
  for (char c : text) {
    bool digit = '0' <= c && c <= '9';
    if (!digit && (c < 'a' || 'f' < c)) return false;
    value = value << 4U | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return !text.empty();
}

// BEGIN-END PERMISSIONS OFFSET DEVICE INODE NAME
bool parse(std::string_view line, Mapping& mapping) {
  std::string_view range = split_off(line, ' ');
  if (!parse_hexadecimal(split_off(range, '-'), mapping.begin)) return false;
  if (!parse_hexadecimal(range, mapping.end)) return false;
  for (int i = 0; i < 4; ++i) split_off(line, ' ');
  mapping.name = trimmed(line);
  return true;
}

// Calls `visit(const Mapping&)` for each; false if the kernel does not tell.
template <class Visit>
bool for_each_mapping(Arena& arena, Visit visit) {
  Fd file(open_at(AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return false;
  std::span<char> buffer = arena.array<char>(std::size_t{1} << 16U);
  std::size_t size = 0;
  for (;;) {
    ssize_t count = ::syscall(SYS_read, file.get(), buffer.data() + size, buffer.size() - size);
    if (count <= 0) return count == 0;
    size += static_cast<std::size_t>(count);
    std::string_view text{buffer.data(), size};
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      Mapping mapping;
      if (parse(take(text, end), mapping)) visit(mapping);
      text = drop(text, end + 1);
    }
    ::memmove(buffer.data(), text.data(), text.size());
    size = text.size();
    if (size == buffer.size()) return false;  // no path is that long
  }
}

// Anonymous memory that is neither a library's nor this thread's stack.
bool may_be_allocated(Arena& arena, const void* pointer) {
  if (process::owner_of(pointer).object != nullptr) return false;
  bool found = false;
  const void* frame = __builtin_frame_address(0);
  bool told = for_each_mapping(arena, [&](const Mapping& mapping) {
    if (!mapping.holds(pointer)) return;
    bool file = !mapping.name.empty() && !mapping.name.starts_with("[heap]") &&
                !mapping.name.starts_with("[anon");
    found = !file && !mapping.holds(frame);
  });
  return found || !told;
}

}  // namespace
}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_heap bh_owner(const void* pointer, bh_capsule** capsule) {
  using namespace bulkhead;
  KeepErrno keep;
  if (capsule != nullptr) *capsule = nullptr;
  if (pointer == nullptr) return BH_HEAP_NONE;
  isolation::Allocation allocation{};
  if (isolation::find_allocation(pointer, allocation)) {
    if (allocation.heap == isolation::Allocation::kBase) return BH_HEAP_BASE;
    if (capsule != nullptr) {
      *capsule = api::as_handle(capsule::registered_capsules()[allocation.heap]);
    }
    return BH_HEAP_CAPSULE;
  }
  Arena arena;
  return api::may_be_allocated(arena, pointer) ? BH_HEAP_BASE : BH_HEAP_NONE;
}

__attribute__((visibility("default"))) int bh_debug_heap() {
  using namespace bulkhead;
  KeepErrno keep;
  bool was_on = debug_enabled(Topic::heap);
  enable_debug_topic(Topic::heap);
  Arena arena;
  // No library may go meanwhile.
  process::with_loader_lock(arena, [&] { isolation::watch_base(arena); });
  return was_on ? 1 : 0;
}
}
