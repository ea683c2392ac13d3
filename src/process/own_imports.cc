// Every function of libc's may be the one that is replaced, memcpy and mprotect too. So nothing
// here calls any, and the readers of elf/ are not used, since they do (the compiler makes such
// calls of plain C++, too: see the options of this file in CMakeLists.txt). The tables are ld.so's
// and our own, and ld.so has worked with them before.
#include "process/own_imports.h"

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "arch/machine.h"
#include "elf/types.h"

extern "C" {
// Of this library, by the linker. (As is _DYNAMIC, which <link.h> declares.)
extern __attribute__((visibility("hidden"))) const bulkhead::elf::Ehdr __ehdr_start;
}

// Of ld.so, which is in every process; weak, so that the linker does not note it as needed.
#pragma weak _r_debug

namespace bulkhead::process {
namespace {

using arch::Native;
using elf::Addr;

bool equal(const char* a, const char* b) {
  for (; *a == *b; ++a, ++b) {
    if (*a == '\0') return true;
  }
  return false;
}

// What lookup reads of a loaded object.
struct Tables {
  Addr bias = 0;
  const char* strings = nullptr;
  const elf::Sym* symbols = nullptr;
  const std::uint32_t* gnu_hash = nullptr;
  const elf::Half* versions = nullptr;
  const elf::Verdef* definitions = nullptr;
  const elf::Verneed* needs = nullptr;
  const elf::Record* relocations = nullptr;
  std::size_t relocation_size = 0;
  std::size_t relative_count = 0;  // at the start of them: without symbols
  const elf::Record* slots = nullptr;
  std::size_t slot_size = 0;
  Addr soname = 0;
};

template <class T>
void set(T& to, const Tables& tables, Addr pointer) {
  // Relocated by ld.so where the section is writable; see elf::Image::to_vaddr.
  to = reinterpret_cast<T>(pointer < tables.bias ? pointer + tables.bias : pointer);
}

void read(Tables& tables, Addr bias, const elf::Dyn* entry) {
  tables.bias = bias;
  for (; entry->d_tag != DT_NULL; ++entry) {
    Addr value = entry->d_un.d_ptr;
    if (entry->d_tag == DT_STRTAB) set(tables.strings, tables, value);
    if (entry->d_tag == DT_SYMTAB) set(tables.symbols, tables, value);
    if (entry->d_tag == DT_GNU_HASH) set(tables.gnu_hash, tables, value);
    if (entry->d_tag == DT_VERSYM) set(tables.versions, tables, value);
    if (entry->d_tag == DT_VERDEF) set(tables.definitions, tables, value);
    if (entry->d_tag == DT_VERNEED) set(tables.needs, tables, value);
    if (entry->d_tag == elf::kRecordsTag) set(tables.relocations, tables, value);
    if (entry->d_tag == elf::kRecordsSizeTag) tables.relocation_size = value;
    if (entry->d_tag == elf::kRelativeCountTag) tables.relative_count = value;
    if (entry->d_tag == DT_JMPREL) set(tables.slots, tables, value);
    if (entry->d_tag == DT_PLTRELSZ) tables.slot_size = value;
    if (entry->d_tag == DT_SONAME) tables.soname = value;
  }
}

template <class T>
const T* after(const T* entry, std::size_t offset) {
  return reinterpret_cast<const T*>(reinterpret_cast<const char*>(entry) + offset);
}

// The version that a reference is to; null if it has none.
const char* wanted_version(const Tables& tables, std::size_t symbol) {
  if (tables.versions == nullptr || tables.needs == nullptr) return nullptr;
  unsigned index = tables.versions[symbol] & 0x7fffU;
  for (const elf::Verneed* need = tables.needs;; need = after(need, need->vn_next)) {
    const auto* each =
        reinterpret_cast<const elf::Vernaux*>(reinterpret_cast<const char*>(need) + need->vn_aux);
    for (;; each = after(each, each->vna_next)) {
      if (each->vna_other == index) return tables.strings + each->vna_name;
      if (each->vna_next == 0) break;
    }
    if (need->vn_next == 0) return nullptr;
  }
}

const char* defined_version(const Tables& tables, std::size_t symbol) {
  unsigned index = tables.versions[symbol] & 0x7fffU;
  for (const elf::Verdef* each = tables.definitions;; each = after(each, each->vd_next)) {
    if ((each->vd_ndx & 0x7fffU) == index) {
      const auto* name =
          reinterpret_cast<const elf::Verdaux*>(reinterpret_cast<const char*>(each) + each->vd_aux);
      return tables.strings + name->vda_name;
    }
    if (each->vd_next == 0) return "";
  }
}

// 0 if the object does not define it.
Addr definition_in(const Tables& tables, const char* name, const char* version) {
  if (tables.gnu_hash == nullptr || tables.versions == nullptr || tables.definitions == nullptr) {
    return 0;
  }
  std::uint32_t hash = 5381;
  for (const char* c = name; *c != '\0'; ++c) hash = hash * 33 + static_cast<unsigned char>(*c);
  std::uint32_t bucket_count = tables.gnu_hash[0];
  std::uint32_t first = tables.gnu_hash[1];
  std::size_t bloom_words = tables.gnu_hash[2] * (sizeof(Addr) / sizeof(std::uint32_t));
  const std::uint32_t* buckets = tables.gnu_hash + 4 + bloom_words;
  const std::uint32_t* chains = buckets + bucket_count;
  std::uint32_t index = buckets[hash % bucket_count];
  if (index < first) return 0;
  for (;; ++index) {
    std::uint32_t link = chains[index - first];
    const elf::Sym& symbol = tables.symbols[index];
    if (((link ^ hash) >> 1U) == 0 && symbol.st_shndx != SHN_UNDEF &&
        equal(tables.strings + symbol.st_name, name) &&
        (version == nullptr || equal(defined_version(tables, index), version))) {
      Addr address = tables.bias + symbol.st_value;
      return elf::symbol_type(symbol) == STT_GNU_IFUNC ? Native::resolve_ifunc(address) : address;
    }
    if ((link & 1U) != 0) return 0;
  }
}

bool is_of_glibc(const char* soname) {
  // Before 2.34 the last two had functions of their own.
  return equal(soname, "libc.so.6") || equal(soname, Native::kLoader) ||
         equal(soname, "libdl.so.2") || equal(soname, "libpthread.so.0");
}

void bind(const Tables& own, const elf::Record* relocations, std::size_t size,
          const Tables& library) {
  for (std::size_t i = 0; i < size / sizeof(elf::Record); ++i) {
    const elf::Record& each = relocations[i];
    std::uint32_t type = elf::relocation_type(each.r_info);
    if (type != Native::kGlobDat && type != Native::kJumpSlot) continue;
    std::size_t symbol = elf::relocation_symbol(each.r_info);
    if (symbol == 0 || own.symbols[symbol].st_shndx != SHN_UNDEF ||
        elf::symbol_type(own.symbols[symbol]) == STT_OBJECT) {
      continue;  // a variable may have been copied into the program: ld.so has found that
    }
    const char* name = own.strings + own.symbols[symbol].st_name;
    Addr address = definition_in(library, name, wanted_version(own, symbol));
    auto* word = reinterpret_cast<Addr*>(own.bias + each.r_offset);
    if (address != 0) __atomic_store_n(word, address, __ATOMIC_RELAXED);
  }
}

// Calls `visit(const Tables&)` for each loaded library of glibc's.
template <class Visit>
void for_each_of_glibc(Visit visit) {
  for (const link_map* object = _r_debug.r_map; object != nullptr; object = object->l_next) {
    Tables library;
    read(library, object->l_addr, object->l_ld);
    if (library.soname != 0 && is_of_glibc(library.strings + library.soname)) visit(library);
  }
}

// As libc's own function tells. Images may be made for larger pages, and with those the end of what
// ld.so has protected would be another.
Addr page_size() {
  Addr size = Native::kMaxPageSize;
  for_each_of_glibc([&](const Tables& library) {
    Addr function = definition_in(library, "getauxval", nullptr);
    if (function != 0) size = reinterpret_cast<decltype(&::getauxval)>(function)(AT_PAGESZ);
  });
  return size;
}

// The part that ld.so has made read-only after relocation. False if the kernel refuses (a process
// may have so many mappings and no more).
bool protect_words(Addr bias, Addr page, int protection) {
  bool done = true;
  const auto* headers = reinterpret_cast<const elf::Phdr*>(
      reinterpret_cast<const char*>(&__ehdr_start) + __ehdr_start.e_phoff);
  for (unsigned i = 0; i < __ehdr_start.e_phnum; ++i) {
    if (headers[i].p_type != PT_GNU_RELRO) continue;
    Addr begin = (bias + headers[i].p_vaddr) & ~(page - 1);
    Addr end = (bias + headers[i].p_vaddr + headers[i].p_memsz) & ~(page - 1);
    done = done && Native::system_call(SYS_mprotect, begin, end - begin,
                                       static_cast<std::uintptr_t>(protection)) == 0;
  }
  return done;
}

}  // namespace

void bind_own_imports() {
  enum : std::uint32_t { kNot, kDoing, kDone };
  static std::uint32_t state = kNot;  // Guard: atomic
  std::uint32_t expected = kNot;
  while (!__atomic_compare_exchange_n(&state, &expected, kDoing, false, __ATOMIC_ACQUIRE,
                                      __ATOMIC_ACQUIRE)) {
    if (expected == kDone) return;
    expected = kNot;  // another thread does it, and waits for nobody
    // It may have a lower priority.
    constexpr timespec kMoment = {0, 50'000};
    Native::system_call(SYS_nanosleep, reinterpret_cast<std::uintptr_t>(&kMoment), 0, 0);
  }
  Tables own;
  read(own, reinterpret_cast<Addr>(&__ehdr_start), _DYNAMIC);
  const Addr page = page_size();
  if (!protect_words(own.bias, page, PROT_READ | PROT_WRITE)) {
    // They stay what ld.so has made of them, until somebody asks again.
    __atomic_store_n(&state, std::uint32_t{kNot}, __ATOMIC_RELEASE);
    return;
  }
  for_each_of_glibc([&](const Tables& library) {
    bind(own, own.relocations, own.relocation_size, library);
    bind(own, own.slots, own.slot_size, library);
  });
  protect_words(own.bias, page, PROT_READ);
  __atomic_store_n(&state, std::uint32_t{kDone}, __ATOMIC_RELEASE);
}

bool own_imports_lead_into(std::uintptr_t begin, std::size_t size) {
  Tables own;
  read(own, reinterpret_cast<Addr>(&__ehdr_start), _DYNAMIC);
  auto any = [&](const elf::Record* relocations, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes / sizeof(elf::Record); ++i) {
      if (elf::relocation_symbol(relocations[i].r_info) == 0) continue;
      const auto* word = reinterpret_cast<const Addr*>(own.bias + relocations[i].r_offset);
      if (__atomic_load_n(word, __ATOMIC_RELAXED) - begin < size) return true;
    }
    return false;
  };
  return any(own.relocations + own.relative_count,
             own.relocation_size - own.relative_count * sizeof(elf::Record)) ||
         any(own.slots, own.slot_size);
}

}  // namespace bulkhead::process
