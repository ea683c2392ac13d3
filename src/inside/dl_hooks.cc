#include "inside/dl_hooks.h"

#include <errno.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "capsule/hook_entries.h"
#include "capsule/registered.h"
#include "capsule/scope.h"
#include "inside/dl_errors.h"
#include "inside/symbol_lookup.h"
#include "inside/wrapped.h"
#include "opening/openings.h"
#include "opening/prepare.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/interposer.h"

namespace bulkhead::inside {

using capsule::argument;
using capsule::Capsule;
using capsule::done;
using capsule::find_roots;
using capsule::Hook;
using capsule::HookCall;
using capsule::Namespace;

namespace {

void* open_new(Arena& arena, Capsule& capsule, const link_map* caller, std::string_view name,
               int mode) {
  Result<void*> opened =
      opening::open_library(arena, capsule, {name, scope_of(arena, capsule, caller), {}}, mode);
  if (opened) return *opened;
  std::string_view text = render(arena, opened.error());
  debug(Topic::dl, {"dlopen(", name, ") failed: ", text});
  return refuse(arena, capsule.space().id(),
                in_words_of_ld_so(arena, capsule.space().id(), opened.error()));
}

// The capsule's first manifest, also for its constructors, which run before dlmopen has told.
link_map* root_of(Capsule& capsule, const void* caller) {
  Namespace& space = capsule.space();
  if (!space.is_open()) find_roots();
  if (!space.is_open()) {
    // Another thread than the one that opens it: ld.so lets it ask when that is over.
    process::Owner owner = process::owner_of(caller);
    link_map* first = owner.space != LM_ID_BASE ? process::first_of(owner.object) : nullptr;
    if (first != nullptr) space.publish(first, owner.space);
  }
  return space.root();
}

// The library in the capsule that an address belongs to; null if it is in none of them.
link_map* library_at(const Capsule& capsule, const void* address) {
  process::Owner owner = process::owner_of(address);
  return owner.space == capsule.space().id() ? owner.object : nullptr;
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
  for (std::string_view known : {in_tree, name, path}) {
    std::string_view loaded = process::loaded_as(arena, capsule.space().root(), known);
    if (loaded.empty()) continue;
    // Null if another thread closed it in between: then it is opened anew.
    if (void* handle = opening::take_handle(capsule, loaded, mode, nullptr)) return handle;
  }
  if (capsule.interposer() != nullptr) {
    std::string_view wrapped = wrapped_library(arena, capsule, path);
    if (!wrapped.empty()) return open_new(arena, capsule, caller, wrapped, mode & ~RTLD_NOLOAD);
  }
  if ((mode & RTLD_NOLOAD) != 0) {
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
      // A file of the program's: where it says it is, or ld.so's own message.
      link_map* before = opening::open_by_manifest(arena, capsule, path, mode & ~RTLD_GLOBAL);
      void* handle = process::open_file(capsule.space().id(), path.data(), mode & ~RTLD_GLOBAL);
      if (before != nullptr) process::close(before);
      if (handle == nullptr || (mode & RTLD_GLOBAL) == 0) return handle;
      opening::take_handle(capsule, path, mode, nullptr);
      process::close_handle(handle);  // there are two now
      return handle;
    }
  }
  return open_new(arena, capsule, caller, name, mode);
}

const void* hooked_dlopen(Capsule& capsule, HookCall& call, const void* original) {
  if (shims::calls_for_program(capsule, call.caller, "dlopen")) {
    return done(
        call, shims::call_for_program(capsule, original, call.arguments[0], call.arguments[1], 0));
  }
  int saved = errno;
  void* handle =
      open_for(call.caller, capsule, argument<const char*>(call, 0), argument<int>(call, 1));
  if (handle != nullptr) errno = saved;
  return done(call, handle);
}

const void* hooked_dlmopen(Capsule& capsule, HookCall& call, const void* original) {
  if (shims::calls_for_program(capsule, call.caller, "dlmopen")) {
    return done(call, shims::call_for_program(capsule, original, call.arguments[0],
                                              call.arguments[1], call.arguments[2]));
  }
  root_of(capsule, call.caller);
  if (argument<Lmid_t>(call, 0) != capsule.space().id()) return original;
  return done(
      call, open_for(call.caller, capsule, argument<const char*>(call, 1), argument<int>(call, 2)));
}

const void* hooked_dlclose(Capsule& capsule, HookCall& call, const void*) {
  if (capsule.ending().has_begun())
    return done(call, 0);  // their destructors wait: see opening/endings.h
  return done(call, opening::close_handle(argument<void*>(call, 0)));
}

const void* hooked_dlerror(Capsule&, HookCall& call, const void*) {
  return done(call, last_error());
}

// What was opened with RTLD_GLOBAL inside, in that order.
void* find_in_globals(Capsule& capsule, const Question& question) {
  Arena arena;
  for (std::string_view path : capsule.contents().globals(arena)) {
    if (void* found = question.in_library(capsule, path)) return found;
  }
  return nullptr;
}

Question question_of(const HookCall& call, const void* original) {
  return {reinterpret_cast<Question::Lookup>(original), argument<const char*>(call, 1),
          argument<const char*>(call, 2)};
}

// The definition that comes next in the program's own scope, after the tool; null if there is none.
void* next_of_program(const Capsule& capsule, const HookCall& call, const void* original) {
  return shims::call_for_program(capsule, original, reinterpret_cast<std::uintptr_t>(RTLD_NEXT),
                                 call.arguments[1], call.arguments[2]);
}

// RTLD_NEXT, for a tool. What it replaces it wants from the program, which may have that from a
// library that no mirror in here stands for; anything else from what belongs to itself, then from
// the program.
const void* next(Capsule& capsule, HookCall& call, const void* original) {
  const Question question = question_of(call, original);
  link_map* root = root_of(capsule, call.caller);
  if (!shims::interposes(*capsule.interposer(), question.name) && root != nullptr &&
      question.in(root) != nullptr) {
    return original;
  }
  void* found = root != nullptr ? find_in_programs_names(capsule, question) : nullptr;
  if (found == nullptr) found = next_of_program(capsule, call, original);
  if (found == nullptr) return original;
  process::forget_error();  // that of the questions before is nobody's
  return done(call, found);
}

// By a library's handle. In an isolated capsule what is found in its own libc gives way to what a
// call, or RTLD_NEXT, reaches.
const void* by_handle(Capsule& capsule, HookCall& call, const void* original) {
  const Question question = question_of(call, original);
  if (root_of(capsule, call.caller) == nullptr) return original;
  auto* handle = argument<link_map*>(call, 0);
  void* found = question.in(handle);
  if (found != nullptr && capsule.isolation() == nullptr) return done(call, found);
  if (found == nullptr) found = find_behind_mirror(capsule, question, handle);
  if (found == nullptr) return original;  // for its message
  if (is_in_own_glibc(capsule, found)) {
    void* instead = find_in_programs_names(capsule, question);
    if (instead == nullptr && capsule.interposer() != nullptr &&
        shims::interposes(*capsule.interposer(), question.name)) {
      instead = next_of_program(capsule, call, original);
    }
    if (instead != nullptr) found = instead;
  }
  process::forget_error();  // that of the questions before is nobody's
  return done(call, found);
}

// The global scope, which RTLD_DEFAULT and the handle of dlopen(NULL) mean: the capsule's closure,
// what was opened with RTLD_GLOBAL, and the program with its libraries. ld.so knows the first, and
// by the caller's return address, which it gets to see, where the caller comes from.
const void* hooked_dlsym(Capsule& capsule, HookCall& call, const void* original) {
  auto* handle = argument<void*>(call, 0);
  bool of_tool = capsule.interposer() != nullptr;
  // A tool that replaces dlsym finds glibc's by it, too.
  if (of_tool && handle == RTLD_NEXT && is_hooked(capsule, argument<const char*>(call, 1))) {
    return original;
  }
  if (shims::calls_for_program(capsule, call.caller, "dlsym")) {
    return done(call, shims::call_for_program(capsule, original, call.arguments[0],
                                              call.arguments[1], call.arguments[2]));
  }
  if (of_tool && handle == RTLD_NEXT) return next(capsule, call, original);
  if (handle == RTLD_NEXT) return original;
  if (handle != RTLD_DEFAULT && handle != capsule.space().root())
    return by_handle(capsule, call, original);
  link_map* root = root_of(capsule, call.caller);
  if (root == nullptr) return original;
  const Question question = question_of(call, original);
  if (void* found = question.in(root)) return done(call, found);
  if (void* found = find_in_globals(capsule, question)) return done(call, found);
  void* of_program = question.in(RTLD_DEFAULT);
  if (of_program == nullptr) return original;
  // The caller's own libraries, if it was opened later than the others, come before the program's.
  const link_map* caller = handle == RTLD_DEFAULT ? library_at(capsule, call.caller) : nullptr;
  if (caller != nullptr && question.in_library(capsule, process::name_of(caller)) != nullptr)
    return original;
  process::forget_error();  // that of this question is nobody's
  return done(call, of_program);
}

}  // namespace

std::span<const Hook> dl_hooks() {
  static constexpr Hook kHooks[] = {
      {"dlopen", &hooked_dlopen},   {"dlmopen", &hooked_dlmopen}, {"dlclose", &hooked_dlclose},
      {"dlerror", &hooked_dlerror}, {"dlsym", &hooked_dlsym},     {"dlvsym", &hooked_dlsym},
  };
  return kHooks;
}

}  // namespace bulkhead::inside
