#include "process/questions.h"

#include "process/libdl.h"

namespace bulkhead::process {

void rename_object(link_map* object, std::string_view path) {
  object->l_name = const_cast<char*>(path.data());
}

void* open_file(Lmid_t space, const char* file, int mode) { return ::dlmopen(space, file, mode); }

void* loaded_handle(Lmid_t space, const char* path, int mode) {
  return ::dlmopen(space, path, mode | RTLD_NOLOAD);
}

int ask_of_handle(void* handle, int request, void* answer) {
  return ::dlinfo(handle, request, answer);
}

int close_handle(void* handle) { return ::dlclose(handle); }

void* symbol_by(void* handle, const char* name, const char* version) {
  return version != nullptr ? ::dlvsym(handle, name, version) : ::dlsym(handle, name);
}

char* take_error() { return ::dlerror(); }
void forget_error() { ::dlerror(); }

int iterate_objects(int (*visit)(dl_phdr_info*, std::size_t, void*), void* data) {
  return ::dl_iterate_phdr(visit, data);
}

ThreadLocals thread_locals_of(const link_map* object) {
  auto* handle = const_cast<link_map*>(object);
  ThreadLocals result;
  if (::dlinfo(handle, RTLD_DI_TLS_MODID, &result.module) != 0) result.module = 0;
  if (::dlinfo(handle, RTLD_DI_TLS_DATA, &result.block) != 0) result.block = nullptr;
  return result;
}

bool calls_lead_into(elf::Addr begin, elf::Addr end) {
  const elf::Addr calls[] = {
      reinterpret_cast<elf::Addr>(&::dl_iterate_phdr), reinterpret_cast<elf::Addr>(&::dlopen),
      reinterpret_cast<elf::Addr>(&::dlmopen),         reinterpret_cast<elf::Addr>(&::dlsym),
      reinterpret_cast<elf::Addr>(&::dlvsym),          reinterpret_cast<elf::Addr>(&::dlclose),
      reinterpret_cast<elf::Addr>(&::dlerror),         reinterpret_cast<elf::Addr>(&::dlinfo),
      reinterpret_cast<elf::Addr>(&::dladdr1)};
  for (elf::Addr each : calls) {
    if (each >= begin && each < end) return true;
  }
  return false;
}

LoaderFunctions loader_functions() {
  return {&::dl_iterate_phdr, &::dlclose, &::dlinfo, &::dlopen, &::dlsym, &::dlvsym};
}

}  // namespace bulkhead::process
