#include "process/modules.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/keep_errno.h"
#include "base/page_size.h"
#include "process/libdl.h"

namespace bulkhead::process {

bool BaseObject::contains(elf::Addr address) const {
  for (const elf::Phdr& header : headers) {
    if (header.p_type == PT_LOAD && address - bias - header.p_vaddr < header.p_memsz) return true;
  }
  return false;
}

namespace {

// Of any processor and kernel.
constexpr elf::Addr kMinPageSize = 4096;

}  // namespace

void detail::for_each_base_object(bool (*visit)(void*, const BaseObject&), void* context) {
  struct Walk {
    bool (*visit)(void*, const BaseObject&);
    void* context;
    elf::Addr vdso;
  } walk{visit, context, ::getauxval(AT_SYSINFO_EHDR)};
  // Called from the base, dl_iterate_phdr lists the base (it goes by return address).
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        const auto* to = static_cast<const Walk*>(data);
        const BaseObject object{
            info->dlpi_name, info->dlpi_addr, {info->dlpi_phdr, info->dlpi_phnum}};
        // The kernel's, whose headers follow its ELF header.
        auto headers = reinterpret_cast<elf::Addr>(info->dlpi_phdr);
        if (to->vdso != 0 && headers - to->vdso < kMinPageSize) return 0;
        return to->visit(to->context, object) ? 1 : 0;
      },
      &walk);
}

List<BaseObject> base_objects(Arena& arena) {
  List<BaseObject> objects(arena);
  for_each_base_object([&](const BaseObject& object) {
    objects.push_back({arena.copy(object.name), object.bias, object.headers});
    return false;
  });
  return objects;
}

namespace {

// Where the list of the base's link maps begins: ld.so has written it to the program's dynamic
// section, for debuggers. Null if it could not.
const r_debug* debug_of(const BaseObject& program) {
  Result<elf::Image> image = elf::Image::of_memory(program.bias, program.headers);
  if (!image) return nullptr;
  Result<std::span<const elf::Dyn>> entries = elf::dynamic_entries(*image);
  if (!entries) return nullptr;
  for (const elf::Dyn& entry : *entries) {
    if (entry.d_tag == DT_DEBUG) return reinterpret_cast<const r_debug*>(entry.d_un.d_ptr);
  }
  return nullptr;
}

}  // namespace

bool is_with_program() {
  enum : int { kUnknown, kWith, kApart };
  static int answer = kUnknown;  // Guard: atomic
  int known = __atomic_load_n(&answer, __ATOMIC_RELAXED);
  if (known != kUnknown) return known == kWith;
  for_each_base_object([&](const BaseObject& first) {
    known = first.name.empty() ? kWith : kApart;
    return true;
  });
  __atomic_store_n(&answer, known, __ATOMIC_RELAXED);
  return known != kApart;
}

Lmid_t own_space() {
  return is_with_program() ? LM_ID_BASE : owner_of(reinterpret_cast<const void*>(&own_space)).space;
}

link_map* program() {
  link_map* first = nullptr;
  bool apart = false;
  for_each_base_object([&](const BaseObject& object) {
    const r_debug* debug = debug_of(object);
    if (debug != nullptr) first = debug->r_map;
    apart = !object.name.empty();
    return true;  // the program comes first
  });
  if (apart) return first_of(owner_of(reinterpret_cast<const void*>(&own_space)).object);
  if (first != nullptr) return first;
  auto* opened = static_cast<link_map*>(::dlopen(nullptr, RTLD_LAZY));
  if (opened != nullptr) ::dlclose(opened);  // it stays
  return first_of(opened);
}

link_map* find_in_base(elf::Addr elf_header) {
  link_map* found = nullptr;
  for_each_base_object([&](const BaseObject& program) {
    const r_debug* debug = debug_of(program);
    for (link_map* each = debug != nullptr ? debug->r_map : nullptr; each != nullptr;
         each = each->l_next) {
      if (each->l_addr == elf_header) found = each;
    }
    return true;  // the program comes first
  });
  return found != nullptr ? found : owner_of(reinterpret_cast<const void*>(elf_header)).object;
}

Owner owner_of(const void* address) {
  Dl_info info;
  Owner owner;
  link_map* object = nullptr;
  if (::dladdr1(address, &info, reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) == 0)
    return owner;
  Lmid_t space = LM_ID_BASE;
  if (object == nullptr || ::dlinfo(object, RTLD_DI_LMID, &space) != 0) return owner;
  return {object, space};
}

namespace {

// Where a loaded object's first segment, with its ELF header, is.
elf::Addr start_of(const link_map* object) {
  Dl_info info;
  link_map* same = nullptr;
  if (::dladdr1(object->l_ld, &info, reinterpret_cast<void**>(&same), RTLD_DL_LINKMAP) == 0) {
    return object->l_addr;
  }
  return reinterpret_cast<elf::Addr>(info.dli_fbase);
}

// Where a pointer of the dynamic section leads. ld.so relocates d_ptr in place where the section is
// writable; see Image::to_vaddr.
elf::Addr pointer_of(const link_map* object, const elf::Dyn& entry) {
  elf::Addr pointer = entry.d_un.d_ptr;
  return pointer < object->l_addr ? pointer + object->l_addr : pointer;
}

// Whether the page at the load bias is mapped. Tables that dynamic linking needs follow the headers
// in most libraries, and where one of them is in that page, nobody has to be asked.
bool has_page_at_bias(const link_map* object, elf::Addr page) {
  for (const elf::Dyn* entry = object->l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    bool table = entry->d_tag == DT_GNU_HASH || entry->d_tag == DT_HASH ||
                 entry->d_tag == DT_SYMTAB || entry->d_tag == DT_STRTAB;
    if (table && pointer_of(object, *entry) - object->l_addr < page) return true;
  }
  unsigned char resident = 0;
  KeepErrno keep;
  return ::mincore(reinterpret_cast<void*>(object->l_addr), page, &resident) == 0 ||
         errno != ENOMEM;
}

}  // namespace

std::span<const elf::Phdr> headers_of(const link_map* object) {
  // Linked for address 0, as libraries are, the header is at the bias. One that was linked for
  // another (prelink) may have nothing there: what is not mapped must not be looked at.
  elf::Addr page = page_size();
  if (object->l_addr == 0 || object->l_addr % page != 0) return {};
  if (!has_page_at_bias(object, page)) return {};
  Result<elf::Image> image = elf::Image::of_mapped_object(object->l_addr);
  return image ? image->program_headers() : std::span<const elf::Phdr>{};
}

bool is_in_object(const link_map* object, const void* address) {
  const BaseObject here{{}, object->l_addr, headers_of(object)};
  return here.contains(reinterpret_cast<elf::Addr>(address));
}

Result<elf::Image> image_of(const link_map* object) {
  std::span<const elf::Phdr> headers = headers_of(object);
  return headers.empty() ? elf::Image::of_mapped_object(object->l_addr, start_of(object))
                         : elf::Image::of_memory(object->l_addr, headers);
}

bool is_initialised_first(const link_map* object) {
  const elf::Dyn* entry = object->l_ld;
  while (entry != nullptr && entry->d_tag != DT_NULL && entry->d_tag != DT_FLAGS_1) ++entry;
  return entry != nullptr && entry->d_tag == DT_FLAGS_1 &&
         (entry->d_un.d_val & DF_1_INITFIRST) != 0;
}

std::string_view soname_of(const link_map* object) {
  const char* strings = nullptr;
  elf::Addr soname = 0;
  for (const elf::Dyn* entry = object->l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB) {
      strings = reinterpret_cast<const char*>(pointer_of(object, *entry));
    }
    if (entry->d_tag == DT_SONAME) soname = entry->d_un.d_val;
    if (strings != nullptr && soname != 0) break;
  }
  return strings == nullptr || soname == 0 ? std::string_view{}
                                           : std::string_view{strings + soname};
}

namespace {

// The one that is called by the first of these names that one is called by.
link_map* search(link_map* any, std::span<const std::string_view> names) {
  link_map* found = nullptr;
  for (link_map* object = first_of(any); object != nullptr; object = object->l_next) {
    const std::string_view path = object->l_name, soname = soname_of(object);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty() || (names[i] != path && names[i] != soname)) continue;
      if (i == 0) return object;
      found = object;
      names = names.first(i);
    }
  }
  return found;
}

// Calls `visit(object)` while no other thread can add objects or take them away: ld.so
// holds its lock of the lists during dl_iterate_phdr.
template <class Visit>
void with_loaded(link_map* any, std::span<const std::string_view> names, Visit visit) {
  struct Context {
    link_map* any;
    std::span<const std::string_view> names;
    Visit* visit;
  } context{any, names, &visit};
  ::dl_iterate_phdr(
      [](dl_phdr_info*, std::size_t, void* data) {
        auto* to = static_cast<Context*>(data);
        if (link_map* object = search(to->any, to->names)) (*to->visit)(object);
        return 1;  // once is enough
      },
      &context);
}

}  // namespace

link_map* find_loaded(link_map* any, std::string_view name) {
  link_map* found = nullptr;
  with_loaded(any, {&name, 1}, [&](link_map* object) { found = object; });
  return found;
}

std::string_view loaded_as(Arena& arena, link_map* any, std::span<const std::string_view> names) {
  std::string_view path;
  with_loaded(any, names, [&](link_map* object) { path = arena.copy(object->l_name); });
  return path;
}

}  // namespace bulkhead::process
