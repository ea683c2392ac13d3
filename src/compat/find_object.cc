// _dl_find_object (glibc 2.35): which object an address belongs to, and its .eh_frame header.
//
// Only libgcc's unwinder calls it, and libgcc_s is normally the base's; this serves a private
// copy. glibc keeps a sorted table and takes no lock; here dl_iterate_phdr is asked, which takes
// the loader's lock, so this one must not be called from signal handlers. The structure is
// public ABI, documented in glibc's manual under "Dynamic Linker Introspection".
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

#include "provide.h"

FROM_BASE_IF_THERE(int, dladdr1, (const void*, void*, void**, int));

namespace {

struct Found {
  unsigned long long flags;
  void* map_start;
  void* map_end;
  struct link_map* map;
  void* eh_frame;
  unsigned long long reserved[7];
};

struct Search {
  uintptr_t address;
  Found* found;
};

int look(struct dl_phdr_info* info, size_t, void* data) {
  auto* search = static_cast<Search*>(data);
  uintptr_t low = UINTPTR_MAX, high = 0, eh_frame = 0;
  bool inside = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    const uintptr_t start = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_GNU_EH_FRAME) eh_frame = start;
    if (segment.p_type != PT_LOAD) continue;
    const uintptr_t end = start + segment.p_memsz;
    if (start < low) low = start;
    if (end > high) high = end;
    inside |= search->address >= start && search->address < end;
  }
  if (!inside) return 0;
  *search->found = {};
  search->found->map_start = reinterpret_cast<void*>(low);
  search->found->map_end = reinterpret_cast<void*>(high);
  search->found->eh_frame = reinterpret_cast<void*>(eh_frame);
  return 1;
}

struct AddressInfo {  // Dl_info
  const char* file;
  void* base;
  const char* name;
  void* symbol;
};

}  // namespace

PROVIDE(int, _dl_find_object, void* address, Found* found) {
  Search search{reinterpret_cast<uintptr_t>(address), found};
  if (dl_iterate_phdr(look, &search) == 0) return -1;
  constexpr int want_link_map = 2;  // RTLD_DL_LINKMAP
  AddressInfo unused;
  void* map = nullptr;
  if (base_dladdr1 != nullptr && base_dladdr1(address, &unused, &map, want_link_map) != 0)
    found->map = static_cast<struct link_map*>(map);
  return 0;
}
