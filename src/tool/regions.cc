#include "tool/regions.h"

#include "elf/glibc.h"
#include "tool/everlasting.h"

namespace bulkhead::tool {
namespace {

// The newer of two tables is read, the older one written. A reader that was overtaken begins anew;
// one that has interrupted the writer finds the newer table whole.
struct Tables {
  struct Table {
    Region* regions = nullptr;  // never unmapped: somebody may be reading
    std::size_t capacity = 0;
    std::size_t size = 0;
  };
  Arena arena;
  Table tables[2];
  unsigned generation = 0;
};
// Guard: ld.so's lock for writers; readers see one of the two tables, by its generation.
constinit Everlasting<Tables> g_tables;
// Guard: atomic.
constinit bool g_published = false;

void publish(std::span<const Region> regions) {
  Tables& all = g_tables.get();
  unsigned next = all.generation + 1;
  Tables::Table& table = all.tables[next & 1U];
  if (table.capacity < regions.size()) {
    std::span<Region> room = all.arena.array<Region>(2 * regions.size());
    __atomic_store_n(&table.regions, room.data(), __ATOMIC_RELEASE);
    __atomic_store_n(&table.capacity, room.size(), __ATOMIC_RELEASE);
  }
  std::size_t count = 0;
  for (const Region& region : regions) table.regions[count++] = region;
  __atomic_store_n(&table.size, count, __ATOMIC_RELEASE);
  __atomic_store_n(&all.generation, next, __ATOMIC_RELEASE);
  __atomic_store_n(&g_published, true, __ATOMIC_RELEASE);
}

RegionKind kind_of(const Library& library, bool first) {
  if (library.capsule != nullptr) {
    return library.capsule->interposer() != nullptr ? RegionKind::tool : RegionKind::capsule;
  }
  if (first) return RegionKind::program;
  if (library.soname == elf::kLibc) return RegionKind::libc;
  if (library.soname == arch::Native::kLoader) return RegionKind::loader;
  if (library.contains(reinterpret_cast<elf::Addr>(&find_region))) return RegionKind::bulkhead;
  return RegionKind::library;
}

}  // namespace

std::span<const Region> list_regions(Arena& arena, std::span<const Library> libraries) {
  List<Region> regions(arena);
  auto add = [&](const Region& region) {
    regions.push_back(region);
    for (std::size_t i = regions.size() - 1;
         i > 0 && regions[i - 1].library.begin > region.library.begin; --i) {
      regions[i] = regions[i - 1];
      regions[i - 1] = region;
    }
  };
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    const Library& library = libraries[i];
    if (library.generated) continue;
    Lmid_t space = library.capsule != nullptr ? library.capsule->space().id() : LM_ID_BASE;
    add({kind_of(library, i == 0), library, space});
  }
  if (Extent vdso = extent_of_vdso(); vdso.end != 0) {
    Library library = {nullptr,           vdso.begin, vdso.end, "linux-vdso.so.1",
                       "linux-vdso.so.1", nullptr,    false};
    add({RegionKind::vdso, library, -1});
  }
  publish(regions.view());
  return regions.view();
}

Region find_region(elf::Addr address) {
  if (!__atomic_load_n(&g_published, __ATOMIC_ACQUIRE)) return {};
  Tables& all = g_tables.get();
  for (;;) {
    unsigned generation = __atomic_load_n(&all.generation, __ATOMIC_ACQUIRE);
    const Tables::Table& table = all.tables[generation & 1U];
    // In this order: room for more regions comes before there are more.
    const std::size_t size = __atomic_load_n(&table.size, __ATOMIC_ACQUIRE);
    const Region* regions = __atomic_load_n(&table.regions, __ATOMIC_ACQUIRE);
    std::size_t begin = 0, end = size;
    while (begin < end) {
      std::size_t middle = (begin + end) / 2;
      if (regions[middle].library.end <= address) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    Region found;
    if (begin < size && regions[begin].library.contains(address)) found = regions[begin];
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (__atomic_load_n(&all.generation, __ATOMIC_RELAXED) == generation) return found;
  }
}

}  // namespace bulkhead::tool
