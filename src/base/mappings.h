// What is mapped in this process, as /proc/self/maps has it (proc_pid_maps(5)).
#pragma once

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/text.h"

namespace bulkhead {

// A line, as far as anybody here wants it.
struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string_view name;  // a file's path, "[stack]", "[heap]", or empty

  bool holds(const void* address) const {
    auto value = reinterpret_cast<std::uintptr_t>(address);
    return begin <= value && value < end;
  }
};

// False if it is none.
bool parse_mapping(std::string_view line, Mapping& mapping);

// Calls `visit(const Mapping&)` for each, whose name is gone afterwards; false if the kernel does
// not tell.
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
      if (parse_mapping(take(text, end), mapping)) visit(mapping);
      text = drop(text, end + 1);
    }
    ::memmove(buffer.data(), text.data(), text.size());
    size = text.size();
    if (size == buffer.size()) return false;  // no path is that long
  }
}

}  // namespace bulkhead
