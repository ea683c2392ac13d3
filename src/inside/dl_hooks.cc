#include "inside/dl_hooks.h"

#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/diagnostics.h"
#include "base/last_words.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "capsule/registered.h"
#include "capsule/scope.h"
#include "inside/caller.h"
#include "inside/dl_errors.h"
#include "inside/symbol_hooks.h"
#include "inside/wrapped.h"
#include "opening/demand.h"
#include "opening/openings.h"
#include "opening/prepare.h"
#include "outside/call_mode.h"
#include "plan/rules_of_thumb.h"
#include "process/environment.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/interposer.h"

namespace bulkhead::inside {

using capsule::argument;
using capsule::Capsule;
using capsule::done;
using capsule::Hook;
using capsule::HookCall;

namespace {

void* refuse_opening(Arena& arena, const Capsule& capsule, std::string_view name,
                     const Error& error) {
  debug(Topic::dl, {"dlopen(", name, ") failed: ", render(arena, error)});
  Lmid_t space = capsule.space().id();
  return refuse(arena, space, in_words_of_ld_so(arena, space, error));
}

// A library that probes for others takes a failure for an absence and goes on without: a driver
// that cannot be loaded would leave no trace. What is not there at all is no failure.
void tell_once(Arena& arena, Capsule& capsule, const link_map* caller, std::string_view name,
               const Error& error) {
  if (capsule.request().of_interface) return;
  if (error.fault == Fault::missing && error.subject == name) return;
  if (!capsule.contents().is_first_failure()) return;
  std::string_view opener =
      caller == nullptr ? "a library" : file_name_of(process::name_of(caller));
  message({opener, " of the tree ", capsule.request().tree, " opens ", name,
           ", which cannot be loaded: ", render(arena, error),
           "; of others that fail BULKHEAD_DEBUG=dl tells"});
}

void* open_new(Arena& arena, Capsule& capsule, const link_map* caller, std::string_view name,
               int mode) {
  // What stands for plain dlmopen's searches as the program does.
  const bool plain = capsule.request().name.starts_with('#');
  std::string_view library_path = plain ? process::library_path(arena) : std::string_view{};
  Result<void*> opened = opening::open_library(
      arena, capsule, {name, scope_of(arena, capsule, caller), library_path}, mode);
  if (opened) return *opened;
  tell_once(arena, capsule, caller, name, opened.error());
  return refuse_opening(arena, capsule, name, opened.error());
}

// A file of the program's: where it says it is, or ld.so's own message.
void* open_of_program(Arena& arena, Capsule& capsule, std::string_view path, int mode) {
  debug(Topic::dl, {path, " is not in the tree: it is this system's"});
  link_map* before = opening::open_by_manifest(arena, capsule, path, mode & ~RTLD_GLOBAL);
  void* handle = process::open_file(capsule.space().id(), path.data(), mode & ~RTLD_GLOBAL);
  if (before != nullptr) process::close(before);
  if (handle == nullptr || (mode & RTLD_GLOBAL) == 0) return handle;
  opening::take_handle(capsule, path, mode, nullptr);
  process::close_handle(handle);  // there are two now
  return handle;
}

// A strict capsule looks for it as for any other, in the tree and where that is permitted.
std::string_view absolute(Arena& arena, std::string_view path) {
  if (path.starts_with('/')) return path;
  std::span<char> here = arena.array<char>(PATH_MAX);
  if (::syscall(SYS_getcwd, here.data(), here.size()) <= 0) return path;
  return join_path(arena, here.data(), path);
}

void* open_for(const void* caller_address, Capsule& capsule, const char* file, int mode) {
  root_of(capsule, caller_address);
  if (file == nullptr || *file == '\0') {
    // The capsule's own "main program": its first manifest, whose scope is the closure.
    return capsule.space().root();
  }
  if ((mode & (RTLD_LAZY | RTLD_NOW)) == 0) {
    return process::open_file(capsule.space().id(), file, mode & ~RTLD_GLOBAL);  // for its message
  }
  Arena arena;
  link_map* caller = library_at(capsule, caller_address);
  debug(Topic::dl,
        {"dlopen(", file, ") by ", caller != nullptr ? process::name_of(caller) : "unknown code"});
  std::string_view path = with_origin(arena, capsule, caller, file);
  std::string_view name = inside_tree(capsule, path);
  std::string_view in_tree = join(arena, {capsule.request().tree, name});
  const std::string_view known[] = {in_tree, name, path, capsule.contents().path_of(name)};
  std::string_view loaded = process::loaded_as(arena, capsule.space().root(), known);
  if (!loaded.empty()) {
    // Null if another thread closed it in between: then it is opened anew.
    if (void* handle = opening::take_handle(capsule, loaded, mode, nullptr)) return handle;
  }
  if (capsule.interposer() != nullptr) {
    Result<std::string_view> wrapped = wrapped_library(arena, capsule, path);
    if (!wrapped) return refuse_opening(arena, capsule, path, wrapped.error());
    if (!wrapped->empty()) return open_new(arena, capsule, caller, *wrapped, mode & ~RTLD_NOLOAD);
  }
  if ((mode & RTLD_NOLOAD) != 0) {
    const bool is_path = name.find('/') != std::string_view::npos;
    void* handle = is_path ? opening::take_handle(capsule, in_tree, mode, nullptr) : nullptr;
    if (handle != nullptr) return handle;
    // What the program has loaded and the capsule shares is there, with or without a mirror:
    // libEGL asks so whether a pointer is libX11's Display.
    if (!shares(capsule, name) || !process::in_base(arena, name)) {
      return process::open_file(capsule.space().id(), path.data(),
                                mode & ~RTLD_GLOBAL);  // for its message
    }
    mode &= ~RTLD_NOLOAD;
  }
  if (name.find('/') != std::string_view::npos) {
    Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request().tree);
    if (!name.starts_with('/') || !tree || !tree->open_file(arena, name)) {
      if (!capsule.request().strict) return open_of_program(arena, capsule, path, mode);
      name = absolute(arena, path);
    }
  }
  return open_new(arena, capsule, caller, name, mode);
}

// What code in a capsule opens with RTLD_GLOBAL the program's lookups find, too, natively. So they
// do if it is exposed: by its shim.
void make_global_outside(const Capsule& capsule, void* handle, int mode) {
  if ((mode & RTLD_GLOBAL) == 0 || capsule.request().of_interface || !capsule.found_by_name())
    return;
  // Ends with a zero where it stands.
  std::string_view name = process::soname_of(static_cast<link_map*>(handle));
  if (!plan::contains(capsule.request().expose, name)) return;
  const outside::NotedCall noted(RTLD_GLOBAL);
  if (process::open_file(process::own_space(), name.data(), RTLD_LAZY | RTLD_GLOBAL) == nullptr)
    process::forget_error();
}

// dlopen inside, for good.
void* open_inside(Capsule& capsule, const HookCall& call, const char* file, int mode) {
  int saved = errno;
  void* handle = open_for(call.caller, capsule, file, mode);
  if (handle == nullptr) return nullptr;
  if (handle != capsule.space().root()) make_global_outside(capsule, handle, mode);
  errno = saved;
  return handle;
}

const void* hooked_dlopen(Capsule& capsule, HookCall& call, const void* original) {
  if (shims::calls_for_program(capsule, call.caller, "dlopen")) {
    return done(
        call, shims::call_for_program(capsule, original, call.arguments[0], call.arguments[1], 0));
  }
  return done(call,
              open_inside(capsule, call, argument<const char*>(call, 0), argument<int>(call, 1)));
}

const void* hooked_dlmopen(Capsule& capsule, HookCall& call, const void* original) {
  if (shims::calls_for_program(capsule, call.caller, "dlmopen")) {
    return done(call, shims::call_for_program(capsule, original, call.arguments[0],
                                              call.arguments[1], call.arguments[2]));
  }
  root_of(capsule, call.caller);
  const auto space = argument<Lmid_t>(call, 0);
  // Natively the libraries of a capsule that shims open are the program's.
  const bool own =
      space == capsule.space().id() || (space == LM_ID_BASE && !capsule.request().of_interface);
  if (!own && !capsule.request().strict) return original;
  if (!own) {
    Arena arena;
    return done(call, refuse(arena, capsule.space().id(),
                             "cannot open in another namespace: Permission denied (bulkhead: the "
                             "capsule is strict; let the program open it)"));
  }
  return done(call,
              open_inside(capsule, call, argument<const char*>(call, 1), argument<int>(call, 2)));
}

const void* hooked_dlclose(Capsule& capsule, HookCall& call, const void*) {
  if (capsule.ending().has_begun())
    return done(call, 0);  // their destructors wait: see turns/endings.h
  return done(call, opening::close_handle(argument<void*>(call, 0)));
}

const void* hooked_dlerror(Capsule&, HookCall& call, const void*) {
  return done(call, last_error());
}

}  // namespace

void* open_for_program(Capsule& capsule, std::string_view path, int mode) {
  Arena arena;
  debug(Topic::dl, {"dlopen(", path, ") by the program: it is a plugin of the capsule's"});
  Result<void*> opened = opening::open_on_demand(arena, capsule, {path, mode});
  if (opened) {
    process::forget_error();
    return *opened;
  }
  debug(Topic::dl, {"dlopen(", path, ") failed: ", render(arena, opened.error())});
  // ld.so has no file of that name, and so the message is the program's.
  std::string_view text = join(arena, {"bulkhead: ", render(arena, opened.error())});
  return process::open_file(process::own_space(), text.data(), RTLD_LAZY);
}

std::span<const Hook> dl_hooks() {
  static constexpr Hook kHooks[] = {
      {"dlopen", &hooked_dlopen},   {"dlmopen", &hooked_dlmopen}, {"dlclose", &hooked_dlclose},
      {"dlerror", &hooked_dlerror}, {"dlsym", &hooked_dlsym},     {"dlvsym", &hooked_dlvsym},
  };
  return kHooks;
}

}  // namespace bulkhead::inside
