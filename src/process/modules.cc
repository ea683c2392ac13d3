#include "process/modules.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "process/libdl.h"

namespace bulkhead::process {

bool BaseObject::contains(elf::Addr address) const {
  for (const elf::Phdr& header : headers) {
    if (header.p_type == PT_LOAD && address - bias - header.p_vaddr < header.p_memsz) return true;
  }
  return false;
}

List<BaseObject> base_objects(Arena& arena) {
  struct Context {
    Arena* arena;
    List<BaseObject> objects;
    elf::Addr vdso;
  };
  Context context{&arena, List<BaseObject>(arena), ::getauxval(AT_SYSINFO_EHDR)};
  // Called from the base, dl_iterate_phdr lists the base (it goes by return address).
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto* to = static_cast<Context*>(data);
        BaseObject object{
            to->arena->copy(info->dlpi_name), info->dlpi_addr, {info->dlpi_phdr, info->dlpi_phnum}};
        if (to->vdso == 0 || !object.contains(to->vdso)) to->objects.push_back(object);
        return 0;
      },
      &context);
  return context.objects;
}

Result<elf::Object> read_object(Arena& arena, const BaseObject& object) {
  // One object of its size on the stack, which may be small.
  auto result = [&]() -> Result<elf::Object> {
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) return std::unexpected(image.error());
    return elf::Object::read(arena, *image);
  }();
  if (!result) result = about(result.error(), object.name);
  return result;
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

elf::Addr start_of(const link_map* object) {
  Dl_info info;
  link_map* same = nullptr;
  if (::dladdr1(object->l_ld, &info, reinterpret_cast<void**>(&same), RTLD_DL_LINKMAP) == 0) {
    return object->l_addr;
  }
  return reinterpret_cast<elf::Addr>(info.dli_fbase);
}

std::span<const elf::Phdr> headers_of(const link_map* object) {
  // Linked for address 0, as libraries are, the header is at the bias. One that was linked for
  // another (prelink) may have nothing there: what is not mapped must not be looked at.
  elf::Addr page = ::getauxval(AT_PAGESZ);
  unsigned char resident = 0;
  auto* at = reinterpret_cast<void*>(object->l_addr);
  if (object->l_addr == 0 || object->l_addr % page != 0) return {};
  int saved = errno;
  bool mapped = ::mincore(at, page, &resident) == 0 || errno != ENOMEM;
  errno = saved;
  if (!mapped) return {};
  Result<elf::Image> image = elf::Image::of_mapped_object(object->l_addr);
  return image ? image->program_headers() : std::span<const elf::Phdr>{};
}

Result<elf::Image> image_of(const link_map* object) {
  std::span<const elf::Phdr> headers = headers_of(object);
  return headers.empty() ? elf::Image::of_mapped_object(object->l_addr, start_of(object))
                         : elf::Image::of_memory(object->l_addr, headers);
}

std::string_view soname_of(const link_map* object) {
  // ld.so relocates d_ptr in place where the section is writable; see Image::to_vaddr.
  const char* strings = nullptr;
  elf::Addr soname = 0;
  for (const elf::Dyn* entry = object->l_ld; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB) {
      elf::Addr pointer = entry->d_un.d_ptr;
      if (pointer < object->l_addr) pointer += object->l_addr;
      strings = reinterpret_cast<const char*>(pointer);
    }
    if (entry->d_tag == DT_SONAME) soname = entry->d_un.d_val;
  }
  return strings == nullptr || soname == 0 ? std::string_view{}
                                           : std::string_view{strings + soname};
}

namespace {

link_map* search(link_map* any, std::string_view name) {
  link_map* object = any;
  while (object != nullptr && object->l_prev != nullptr) object = object->l_prev;
  for (; object != nullptr; object = object->l_next) {
    if (name == object->l_name || name == soname_of(object)) return object;
  }
  return nullptr;
}

// Calls `visit(object)` while no other thread can add objects or take them away: ld.so
// holds its lock of the lists during dl_iterate_phdr.
template <class Visit>
void with_loaded(link_map* any, std::string_view name, Visit visit) {
  struct Context {
    link_map* any;
    std::string_view name;
    Visit* visit;
  } context{any, name, &visit};
  ::dl_iterate_phdr(
      [](dl_phdr_info*, std::size_t, void* data) {
        auto* to = static_cast<Context*>(data);
        if (link_map* object = search(to->any, to->name)) (*to->visit)(object);
        return 1;  // once is enough
      },
      &context);
}

}  // namespace

link_map* find_loaded(link_map* any, std::string_view name) {
  link_map* found = nullptr;
  with_loaded(any, name, [&](link_map* object) { found = object; });
  return found;
}

std::string_view loaded_as(Arena& arena, link_map* any, std::string_view name) {
  std::string_view path;
  with_loaded(any, name, [&](link_map* object) { path = arena.copy(object->l_name); });
  return path;
}

}  // namespace bulkhead::process
