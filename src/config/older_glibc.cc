// What libstdc++.a, libgcc_eh.a and glibc's headers ask of a newer glibc than 2.31, for which all
// products are made. Linked in before libc.so.6 is looked at, and seen by nobody else.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>

#include "base/pause.h"

// The functions of C17. From glibc 2.38 on stdlib.h and stdio.h lead their names to those of C23.
extern "C" {
long c17_strtol(const char*, char**, int) noexcept __asm__("strtol");
unsigned long c17_strtoul(const char*, char**, int) noexcept __asm__("strtoul");
long long c17_strtoll(const char*, char**, int) noexcept __asm__("strtoll");
unsigned long long c17_strtoull(const char*, char**, int) noexcept __asm__("strtoull");
int c17_vsscanf(const char*, const char*, va_list) noexcept __asm__("vsscanf");
}

namespace {

// dlfcn.h of glibc 2.35 and later; public ABI (glibc's manual, "Dynamic Linker Introspection").
struct FoundObject {
  unsigned long long flags;
  void *map_start, *map_end;
  struct link_map* map;
  void* eh_frame;
  unsigned long long reserved[7];
};

struct Search {
  std::uintptr_t address;
  FoundObject* found;
};

int look(struct dl_phdr_info* info, std::size_t, void* context) {
  auto& search = *static_cast<Search*>(context);
  std::uintptr_t low = UINTPTR_MAX, high = 0, eh_frame = 0;
  bool inside = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    const std::uintptr_t start = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_GNU_EH_FRAME) eh_frame = start;
    if (segment.p_type != PT_LOAD) continue;
    const std::uintptr_t end = start + segment.p_memsz;
    low = start < low ? start : low;
    high = end > high ? end : high;
    inside = inside || (search.address >= start && search.address < end);
  }
  if (!inside || eh_frame == 0) return 0;
  *search.found = {};
  search.found->map_start = reinterpret_cast<void*>(low);
  search.found->map_end = reinterpret_cast<void*>(high);
  search.found->eh_frame = reinterpret_cast<void*>(eh_frame);
  return 1;
}

int stat_at(int directory, const char* path, struct stat* status, int flags) {
  return static_cast<int>(::syscall(SYS_newfstatat, directory, path, status, flags));
}

}  // namespace

// Only hidden within this product, so that nothing of glibc's is replaced for anybody else.
#define FOR_THIS_PRODUCT __attribute__((visibility("hidden")))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
extern "C" {

// 2.35. The unwinder asks it for each frame; exceptions do not leave this product.
FOR_THIS_PRODUCT int _dl_find_object(void* address, struct dl_find_object* result) noexcept {
  Search search{reinterpret_cast<std::uintptr_t>(address), reinterpret_cast<FoundObject*>(result)};
  return ::dl_iterate_phdr(look, &search) == 1 ? 0 : -1;
}

// 2.33; before, they were inline functions.
FOR_THIS_PRODUCT int stat(const char* path, struct stat* status) noexcept {
  return stat_at(AT_FDCWD, path, status, 0);
}
FOR_THIS_PRODUCT int lstat(const char* path, struct stat* status) noexcept {
  return stat_at(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}
FOR_THIS_PRODUCT int fstat(int fd, struct stat* status) noexcept {
  return static_cast<int>(::syscall(SYS_fstat, fd, status));
}
FOR_THIS_PRODUCT int fstatat(int directory, const char* path, struct stat* status,
                             int flags) noexcept {
  return stat_at(directory, path, status, flags);
}

// 2.32: whether libstdc++ may count references without atomic operations. It never may.
FOR_THIS_PRODUCT char __libc_single_threaded = 0;

// 2.38. They know 0b101, too, which nothing of this product is asked to read.
FOR_THIS_PRODUCT long __isoc23_strtol(const char* text, char** end, int base) noexcept {
  return c17_strtol(text, end, base);
}
FOR_THIS_PRODUCT unsigned long __isoc23_strtoul(const char* text, char** end, int base) noexcept {
  return c17_strtoul(text, end, base);
}
FOR_THIS_PRODUCT long long __isoc23_strtoll(const char* text, char** end, int base) noexcept {
  return c17_strtoll(text, end, base);
}
FOR_THIS_PRODUCT unsigned long long __isoc23_strtoull(const char* text, char** end,
                                                      int base) noexcept {
  return c17_strtoull(text, end, base);
}
FOR_THIS_PRODUCT int __isoc23_sscanf(const char* text, const char* format, ...) noexcept {
  va_list arguments;
  va_start(arguments, format);
  const int converted = c17_vsscanf(text, format, arguments);
  va_end(arguments);
  return converted;
}

// 2.34 in libc.so.6; before, in libpthread.so.0, which a program need not have. For what
// libstdc++ initialises once; none of it throws.
FOR_THIS_PRODUCT int pthread_once(pthread_once_t* control, void (*routine)()) {
  enum : int { kBegun = 1, kDone = 2 };
  int before = 0;
  if (__atomic_compare_exchange_n(control, &before, kBegun, false, __ATOMIC_ACQUIRE,
                                  __ATOMIC_ACQUIRE)) {
    routine();
    __atomic_store_n(control, kDone, __ATOMIC_RELEASE);
    return 0;
  }
  while (__atomic_load_n(control, __ATOMIC_ACQUIRE) != kDone) bulkhead::pause_thread();
  return 0;
}

// 2.34, likewise. Nobody calls it: that it has an address is how the unwinder knows that there may
// be threads.
FOR_THIS_PRODUCT int __pthread_key_create(pthread_key_t*, void (*)(void*)) noexcept {
  return ENOSYS;
}
}
#pragma GCC diagnostic pop

// libstdc++ keeps memory for exceptions that are thrown when there is none; it would be lost each
// time that this product is closed.
namespace __gnu_cxx {
__attribute__((weak)) void __freeres();
}
namespace {
[[gnu::destructor]] void give_back() {
  if (__gnu_cxx::__freeres != nullptr) __gnu_cxx::__freeres();
}
}  // namespace
