#include "outside/base_hooks.h"

#include <errno.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/native_file.h"
#include "capsule/planned.h"
#include "capsule/registered.h"
#include "capsule/scope.h"
#include "capsule/strict.h"
#include "elf/hash.h"
#include "outside/behind.h"
#include "outside/call_mode.h"
#include "outside/late_exposure.h"
#include "outside/phdr_hooks.h"
#include "outside/plugins.h"
#include "plan/rules_of_thumb.h"
#include "process/addresses.h"
#include "process/environment.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/own_imports.h"
#include "process/questions.h"
#include "resolve/search.h"
#include "shims/interposer.h"
#include "shims/shim.h"
#include "words/slots.h"

// Assembly: asks bulkhead_file_to_open what to open, and goes on to dlopen with the caller's return
// address, by which ld.so finds its search paths.
extern "C" void* bulkhead_program_dlopen(const char* file, int mode);
// Assembly: RTLD_DEFAULT and RTLD_NEXT go on to dlsym and dlvsym, handles to bulkhead_symbol_of.
extern "C" void* bulkhead_program_dlsym(void* handle, const char* name);
extern "C" void* bulkhead_program_dlvsym(void* handle, const char* name, const char* version);

namespace bulkhead::outside {

using capsule::Capsule;
using capsule::registered_capsules;

namespace {

using Listener = void (*)();
// Guard: atomic.
constinit Listener g_after = nullptr;

// "libfoo.so.1" and "libfoo.so" begin alike up to there.
std::string_view stem_of(std::string_view name) {
  std::size_t at = name.find(".so");
  return at == std::string_view::npos ? name : take(name, at);
}

// Whether the capsule has an exposed library from that file.
bool is_found_in_tree(Arena& arena, const Capsule& capsule, std::string_view name,
                      const FileIdentity& file) {
  Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request().tree);
  if (!tree) return false;
  Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, *tree);
  if (!searcher) return false;
  Result<resolve::Found> found = searcher->find(file_of(capsule, name), {});
  return found && identity_of(found->file.status) == file;
}

// Whether the program would have it from that file natively.
bool is_found_natively(Arena& arena, const Capsule& capsule, std::string_view name,
                       const FileIdentity& file) {
  std::string_view path = capsule::planned_native(capsule, name);
  if (path.empty()) {
    auto native = capsule::find_native(arena, name, process::library_path(arena), nullptr);
    if (native) path = native->path;
  }
  struct stat status;
  return !path.empty() && status_of(path.data(), status) == 0 && identity_of(status) == file;
}

// The exposed library whose file this is to the caller; empty if it is none.
std::string_view exposed_as(const char* file, const void* caller) {
  std::string_view stem = stem_of(file_name_of(file));
  for (const Capsule* capsule : registered_capsules()) {
    if (capsule->is_native()) continue;
    for (std::string_view name : capsule->request().expose) {
      if (stem_of(file_name_of(name)) != stem) continue;
      Arena arena;
      struct stat status;
      std::string_view path = capsule::with_origin_of_caller(arena, file, caller);
      if (status_of(path.data(), status) != 0) return {};
      FileIdentity identity = identity_of(status);
      if (is_found_in_tree(arena, *capsule, name, identity) ||
          (capsule->found_by_name() && is_found_natively(arena, *capsule, name, identity))) {
        return file_name_of(name);  // which its shim is called
      }
    }
  }
  return {};
}

// Whether an exposed library that the program has no shim of yet is there: code in its capsule has
// opened it. The program's dlopen then loads the shim, which is bound to it.
bool is_loaded_inside(std::string_view name) {
  for (const Capsule* capsule : registered_capsules()) {
    if (capsule->is_native() || !capsule->space().is_open()) continue;
    if (!plan::contains(capsule->request().expose, name)) continue;
    const link_map* loaded = process::find_loaded(capsule->space().root(), name);
    if (loaded == nullptr || process::is_image_path(process::name_of(loaded))) continue;
    if (capsule->contents().has_handle(loaded) || !capsule->shims().is_left_over(loaded)) {
      return true;
    }
  }
  return false;
}

// Whether ld.so would take a library of the program's for what is opened by that name: another file
// with that SONAME, which the program has opened by a path.
bool is_called_by_another(std::string_view name) {
  bool another = false;
  process::for_each_base_object([&](const process::BaseObject& object) {
    // ld.so takes the first one of that name.
    if (const auto* shim = shims::shim_in(object)) return shims::soname_of(*shim) == name;
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) return false;
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
    another = dynamic && dynamic->soname() == name;
    return another;
  });
  return another;
}

// The capsule in which something was opened under that handle; null if it was in none.
Capsule* capsule_of_handle(const void* handle) {
  for (Capsule* capsule : registered_capsules()) {
    if (capsule->contents().has_handle(handle)) return capsule;
  }
  return nullptr;
}

// In place of a function of glibc's that the program looks up: ours, or the same.
void* hooked_instead(void* found) {
  const process::LoaderFunctions of_glibc = process::loader_functions();
  auto is = [&](auto* function) { return found == reinterpret_cast<void*>(function); };
  if (is(of_glibc.dlopen)) return reinterpret_cast<void*>(&bulkhead_program_dlopen);
  if (is(of_glibc.dlsym)) return reinterpret_cast<void*>(&bulkhead_program_dlsym);
  if (is(of_glibc.dlvsym)) return reinterpret_cast<void*>(&bulkhead_program_dlvsym);
  if (is(of_glibc.dlinfo)) return reinterpret_cast<void*>(&info_behind);
  if (is(of_glibc.dl_iterate_phdr)) return const_cast<void*>(wide_dl_iterate_phdr());
  return found;
}

// What is hooked calls us: if our own call of it went by the program's PLT entry, a hook would call
// itself for ever.
void keep_own_calls_from_program() {
  Result<elf::Image> program = process::image_of(process::program());
  if (!program) return;
  elf::Addr begin = ~elf::Addr{0}, end = 0;
  for (const elf::Phdr& header : program->program_headers()) {
    if (header.p_type != PT_LOAD) continue;
    begin = std::min(begin, program->bias() + header.p_vaddr);
    end = std::max(end, program->bias() + header.p_vaddr + header.p_memsz);
  }
  if (process::calls_lead_into(begin, end)) process::bind_own_imports();
}

}  // namespace

std::span<const words::Import> base_hooks(Arena& arena, const Capsule& capsule,
                                          int (*close)(void* handle)) {
  keep_own_calls_from_program();
  // Before glibc 2.35 backtrace() and the cancelling of a thread, which load libgcc_s.so.1 when
  // they need it, are to find it widened. Where there is none, theirs is the message.
  if (!capsule.ld_so().finds_objects) (void)process::open_in_base(arena, "libgcc_s.so.1");
  const process::LoaderFunctions of_glibc = process::loader_functions();
  auto hook = [](std::string_view name, auto* ours, auto* glibcs) {
    return words::Import{name, reinterpret_cast<elf::Addr>(ours),
                         reinterpret_cast<elf::Addr>(glibcs)};
  };
  std::span<words::Import> hooks = arena.array<words::Import>(6);
  hooks[0] = hook("dl_iterate_phdr", wide_dl_iterate_phdr(), of_glibc.dl_iterate_phdr);
  hooks[1] = hook("dlopen", &bulkhead_program_dlopen, of_glibc.dlopen);
  hooks[2] = hook("dlclose", close, of_glibc.dlclose);
  hooks[3] = hook("dlinfo", &info_behind, of_glibc.dlinfo);
  hooks[4] = hook("dlsym", &bulkhead_program_dlsym, of_glibc.dlsym);
  hooks[5] = hook("dlvsym", &bulkhead_program_dlvsym, of_glibc.dlvsym);
  if (capsule.interposer() != nullptr) {
    // A tool that is preloaded exposes nothing that anybody opens by name, and may replace these
    // functions itself.
    return hooks.first(shims::interposes(*capsule.interposer(), "dl_iterate_phdr") ? 0 : 1);
  }
  return hooks;
}

void base_is_hooked() {
  if (Listener after = __atomic_load_n(&g_after, __ATOMIC_ACQUIRE)) after();
}

void after_base_hooks(void (*function)()) {
  __atomic_store_n(&g_after, function, __ATOMIC_RELEASE);
}

const char* file_for_program(const char* file, int& mode, const void* caller) {
  if (file == nullptr) return file;
  const bool is_path = std::string_view(file).find('/') != std::string_view::npos;
  if (!is_path && (mode & RTLD_NOLOAD) == 0) return file;
  KeepErrno keep;
  if (is_path) {
    // In the request's bytes names end with a zero.
    std::string_view name = exposed_as(file, caller);
    if (name.empty() || is_called_by_another(name)) return file;
    file = name.data();
  }
  if ((mode & RTLD_NOLOAD) != 0 && is_loaded_inside(file)) mode &= ~RTLD_NOLOAD;
  return file;
}

}  // namespace bulkhead::outside

extern "C" {

struct FileToOpen {
  const void* file;  // or the handle, if there is no function
  void* (*function)(const char*, int);
};

__attribute__((visibility("hidden"))) FileToOpen bulkhead_file_to_open(
    const char* file, int* mode, const std::uintptr_t* returns) {
  using namespace bulkhead;
  const void* caller = reinterpret_cast<const void*>(*returns);
  // It has a pointer to the program's dlopen, by which ld.so would search as for the program. (The
  // text stands between the marks of inside/dl_errors.)
  if (file != nullptr && capsule::is_of_strict_capsule(caller)) {
    return {
        "/bulkhead/cannot open by the program's dlopen: Permission denied (bulkhead: the capsule "
        "is strict; its libraries have to call dlopen by name)/bulkhead/",
        process::loader_functions().dlopen};
  }
  outside::note_call(*mode, returns);
  if (outside::PluginOpening plugin = outside::open_plugin(file, *mode, caller); plugin.is_done) {
    return {plugin.handle, nullptr};
  }
  file = outside::file_for_program(file, *mode, caller);
  if ((*mode & RTLD_NOLOAD) == 0) {
    outside::LateOpening late = outside::open_with_exposed(file, *mode, caller);
    if (late.is_done) return {late.handle, nullptr};
  }
  return {file, process::loader_functions().dlopen};
}

// `version`: null for dlsym.
__attribute__((visibility("hidden"))) void* bulkhead_symbol_of(void* handle, const char* name,
                                                               const char* version) {
  void* found = bulkhead::process::symbol_by(handle, name, version);
  if (found != nullptr) {
    // Natively it is not there, or is what its library needs.
    bulkhead::KeepErrno keep;
    if (void* library = bulkhead::outside::lacking_library(found)) {
      return bulkhead::process::symbol_by(library, name, version);
    }
  }
  if (found != nullptr && bulkhead::process::is_in_object(static_cast<link_map*>(handle), found)) {
    return bulkhead::outside::hooked_instead(found);
  }
  if (auto* capsule = bulkhead::outside::capsule_of_handle(handle)) {
    return capsule->hooks().symbol_by_handle(*capsule, handle, name, version);
  }
  if (found != nullptr) return bulkhead::outside::hooked_instead(found);
  int saved = errno;
  found = bulkhead::outside::symbol_behind(handle, name, version);
  errno = saved;
  // Its message is the last one: we have asked ld.so for other things meanwhile.
  if (found == nullptr) return bulkhead::process::symbol_by(handle, name, version);
  bulkhead::process::forget_error();
  return found;
}

// For RTLD_DEFAULT: one of our functions, if that name is the program's for glibc's; else null.
__attribute__((visibility("hidden"))) void* bulkhead_hooked_name(const char* name) {
  bulkhead::KeepErrno keep;
  void* found = bulkhead::process::symbol_by(RTLD_DEFAULT, name);
  if (found == nullptr) bulkhead::process::forget_error();
  void* instead = bulkhead::outside::hooked_instead(found);
  return instead != found ? instead : nullptr;
}
}
