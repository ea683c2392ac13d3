#include "inside/symbol_hooks.h"

#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "capsule/hook_entries.h"
#include "elf/object.h"
#include "inside/caller.h"
#include "inside/dl_errors.h"
#include "inside/native_order.h"
#include "inside/symbol_lookup.h"
#include "process/addresses.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/globals.h"
#include "shims/interposer.h"
#include "shims/shim.h"

namespace bulkhead::inside {

using capsule::argument;
using capsule::Capsule;
using capsule::done;
using capsule::HookCall;

namespace {

enum class Function : std::uint8_t { dlsym, dlvsym };

Question question_of(const HookCall& call, const void* original, Function function) {
  return {reinterpret_cast<Question::Lookup>(original), argument<const char*>(call, 1),
          function == Function::dlvsym ? argument<const char*>(call, 2) : nullptr};
}

Symbol symbol_of(const Question& question) {
  std::string_view version = question.version != nullptr ? question.version : std::string_view{};
  return {question.name, version};
}

// What was opened with RTLD_GLOBAL inside, in that order.
void* find_in_globals(Capsule& capsule, const Question& question) {
  Arena arena;
  for (std::string_view path : capsule.contents().globals(arena)) {
    if (void* found = question.in_library(capsule, path)) return found;
  }
  return nullptr;
}

void* find_at(const Question& question, const List<Place>& places) {
  for (const Place& place : places) {
    if (place.address != nullptr) return place.address;
    if (void* found = question.in_loaded(place.space, place.path)) return found;
  }
  return nullptr;
}

// Whether they ask as if all were one namespace: tools, and who has a libc of its own, do not.
bool has_native_order(const Capsule& capsule) {
  return capsule.interposer() == nullptr && capsule.isolation() == nullptr;
}

// --- Preloaded tools.

// The definition that comes next in the program's own scope, after the tool; null if there is none.
void* next_of_program(const Capsule& capsule, const HookCall& call, const void* original) {
  return shims::call_for_program(capsule, original, reinterpret_cast<std::uintptr_t>(RTLD_NEXT),
                                 call.arguments[1], call.arguments[2]);
}

// RTLD_NEXT, for a tool. What it replaces it wants from the program, which may have that from a
// library that no mirror in here stands for; anything else from what belongs to itself, then from
// the program.
const void* next_for_tool(Capsule& capsule, HookCall& call, const void* original,
                          const Question& question) {
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

// --- RTLD_NEXT.

// What the program has opened with RTLD_GLOBAL comes behind all that it began with: what ld.so
// finds so for the shim of the caller's library, if that has one.
void* next_of_shim(const Capsule& capsule, const HookCall& call, const void* original) {
  const link_map* library = library_at(capsule, call.caller);
  Arena arena;
  for (const handoff::ShimHeader* shim : shims::find_shims(arena, capsule.request_bytes())) {
    if (library == nullptr || capsule.shims().target_of(shims::loaded_shim(*shim)) != library)
      continue;
    return shims::call_from(*shim, original, reinterpret_cast<std::uintptr_t>(RTLD_NEXT),
                            call.arguments[1], call.arguments[2]);
  }
  return nullptr;
}

// In ld.so's words.
void* say_undefined(const Capsule& capsule, const HookCall& call, const Question& question) {
  Arena arena;
  const link_map* caller = library_at(capsule, call.caller);
  std::string_view name = caller != nullptr ? process::name_of(caller) : std::string_view{};
  std::string_view of = question.version != nullptr ? ", version " : "";
  std::string_view version = question.version != nullptr ? question.version : "";
  return refuse(arena, capsule.space().id(),
                join(arena, {name, name.empty() ? "" : ": ", "undefined symbol: ", question.name,
                             of, version}));
}

// Whether a library has several versions of a name, which ld.so does not have to make one of the
// process's, or of the thread's.
bool has_several(const elf::Object& object, std::string_view name) {
  int count = 0;
  object.symbols.for_each_named(name, [&](elf::SymbolIndex index) {
    const elf::Sym& symbol = object.symbols[index];
    const bool is_plain =
        elf::symbol_binding(symbol) != STB_GNU_UNIQUE && elf::symbol_type(symbol) != STT_TLS;
    count = is_plain ? count + 1 : 0;
    return !is_plain;
  });
  return count > 1;
}

// Before glibc 2.36 RTLD_NEXT took the oldest of several versions (bug 14932), as a reference
// without versions does. Null if that is not what the first library has.
void* find_oldest_at(const Capsule& capsule, const Question& question, const List<Place>& places) {
  Arena arena;
  for (const Place& place : places) {
    const bool inside = place.space == capsule.space().id();
    link_map* any = inside ? capsule.space().root() : process::program();
    const link_map* library = process::find_loaded(any, place.path);
    if (library == nullptr) continue;
    Result<elf::Image> image = process::image_of(library);
    if (!image) continue;
    Result<elf::Object> object = elf::Object::read(arena, *image);
    if (!object) continue;
    const std::optional<elf::SymbolIndex> found = object->find(std::string_view(question.name), {});
    if (!found) continue;
    if (!has_several(*object, question.name)) return nullptr;
    const elf::Addr address = process::address_in(*object, object->symbols[*found]);
    if (address != 0) return reinterpret_cast<void*>(address);
  }
  return nullptr;
}

const void* next(Capsule& capsule, HookCall& call, const void* original, const Question& question) {
  if (!has_native_order(capsule) || root_of(capsule, call.caller) == nullptr) return original;
  Arena arena;
  List<Place> places(arena);
  if (!next_places(capsule, symbol_of(question), call.caller, places)) return original;
  void* found = nullptr;
  if (question.version == nullptr && !capsule.ld_so().packed_relocations) {
    found = find_oldest_at(capsule, question, places);
  }
  if (found == nullptr) found = find_at(question, places);
  if (found == nullptr) found = next_of_shim(capsule, call, original);
  if (found != nullptr) {
    process::forget_error();  // that of the questions before is nobody's
    return done(call, found);
  }
  // ld.so would look into what the capsule lists beside the caller's own libraries.
  return done(call, say_undefined(capsule, call, question));
}

// --- By a library's handle.

// A mirror has what the program is bound to, and needs nothing; by a handle it is the library's own
// definition, and those of what it needs.
void* find_by_handle(Capsule& capsule, const Question& question, link_map* handle) {
  void* found = nullptr;
  if (capsule.request().is_apart() || !has_unique(handle, question.name)) {
    found = question.in(handle);
    if (found != nullptr && process::is_in_object(handle, found)) return found;
  }
  Arena arena;
  List<Place> places(arena);
  places_by_handle(capsule, symbol_of(question), handle, places);
  if (void* instead = find_at(question, places)) found = instead;
  return found != nullptr ? found : question.in(handle);
}

const void* by_handle_natively(Capsule& capsule, HookCall& call, const void* original,
                               const Question& question) {
  void* found = find_by_handle(capsule, question, argument<link_map*>(call, 0));
  if (found == nullptr) return original;  // for its message
  process::forget_error();                // that of the questions before is nobody's
  return done(call, found);
}

// In an isolated capsule what is found in its own libc gives way to what a call, or RTLD_NEXT,
// reaches.
const void* by_handle(Capsule& capsule, HookCall& call, const void* original,
                      const Question& question) {
  if (root_of(capsule, call.caller) == nullptr) return original;
  if (has_native_order(capsule)) return by_handle_natively(capsule, call, original, question);
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

// --- The global scope, which RTLD_DEFAULT and the handle of dlopen(NULL) mean.

// What the program has opened with RTLD_GLOBAL, as ld.so tells. Not of a library that the capsule
// has a copy of: natively that would be the only one.
void* find_in_programs_globals(const Capsule& capsule, const Question& question) {
  void* found = question.in(RTLD_DEFAULT);
  if (found == nullptr) return nullptr;
  const process::Owner owner = process::owner_of(found);
  const link_map* library = owner.object;
  // A shim's definition is the capsule's.
  if (library == nullptr || owner.space == capsule.space().id()) return found;
  Arena arena;
  std::string_view soname = process::soname_of(library);
  if (soname.empty()) return found;
  std::string_view own = process::loaded_as(arena, capsule.space().root(), soname);
  return own.empty() || process::is_image_path(own) ? found : nullptr;
}

// What the capsule shares with the program, and the program has opened: by its place in the base.
void* find_in_opened(const Question& question, const List<Place>& places) {
  Arena arena;
  for (const Place& place : places) {
    const link_map* library = process::find_loaded(process::program(), place.path);
    if (library == nullptr) continue;
    if (!shims::is_global(arena, library, question.name, question.version)) continue;
    if (place.address != nullptr) return place.address;
    if (void* found = question.in_loaded(place.space, place.path)) return found;
  }
  return nullptr;
}

void* find_natively(Capsule& capsule, const Question& question, const void* caller) {
  Arena arena;
  DefaultPlaces places(arena);
  default_places(capsule, symbol_of(question), caller, places);
  void* found = find_at(question, places.before);
  if (found == nullptr) found = find_at(question, places.global);
  if (found == nullptr) found = find_in_globals(capsule, question);
  if (found == nullptr) found = find_at(question, places.local);
  if (found == nullptr) found = find_at(question, places.last);
  if (found == nullptr) found = find_in_opened(question, places.opened);
  if (found == nullptr && !capsule.request().is_apart()) {
    found = find_in_programs_globals(capsule, question);
  }
  return found;
}

// For capsules that have an order of their own: the capsule's closure, what was opened with
// RTLD_GLOBAL, and the program with its libraries.
void* find_in_closure_first(Capsule& capsule, const Question& question, const link_map* caller) {
  if (void* found = question.in(capsule.space().root())) return found;
  if (void* found = find_in_globals(capsule, question)) return found;
  void* of_program = question.in(RTLD_DEFAULT);
  // The caller's own libraries, if it was opened later than the others, come before the program's.
  bool own = of_program != nullptr && caller != nullptr &&
             question.in_library(capsule, process::name_of(caller)) != nullptr;
  return own ? nullptr : of_program;
}

// ld.so finds what is left, or has the message: by the caller's return address, which it gets to
// see.
const void* by_default(Capsule& capsule, HookCall& call, const void* original,
                       const Question& question) {
  if (root_of(capsule, call.caller) == nullptr) return original;
  const void* caller = argument<void*>(call, 0) == RTLD_DEFAULT ? call.caller : nullptr;
  void* found =
      has_native_order(capsule)
          ? find_natively(capsule, question, caller)
          : find_in_closure_first(capsule, question,
                                  caller != nullptr ? library_at(capsule, caller) : nullptr);
  if (found == nullptr && has_native_order(capsule) && !capsule.request().is_apart() &&
      is_in_later_scope(capsule, symbol_of(question), caller)) {
    return done(call, say_undefined(capsule, call, question));
  }
  if (found == nullptr) return original;
  process::forget_error();  // that of the questions before is nobody's
  return done(call, found);
}

const void* look_up(Capsule& capsule, HookCall& call, const void* original, Function function) {
  KeepErrno keep;
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
  const Question question = question_of(call, original, function);
  if (handle == RTLD_NEXT) {
    return of_tool ? next_for_tool(capsule, call, original, question)
                   : next(capsule, call, original, question);
  }
  bool whole = handle == RTLD_DEFAULT || handle == capsule.space().root() ||
               (has_native_order(capsule) && handle == process::program());
  return whole ? by_default(capsule, call, original, question)
               : by_handle(capsule, call, original, question);
}

}  // namespace

const void* hooked_dlsym(Capsule& capsule, HookCall& call, const void* original) {
  return look_up(capsule, call, original, Function::dlsym);
}

const void* hooked_dlvsym(Capsule& capsule, HookCall& call, const void* original) {
  return look_up(capsule, call, original, Function::dlvsym);
}

namespace {

Question question_for(const char* name, const char* version) {
  const process::LoaderFunctions ld_so = process::loader_functions();
  auto lookup = version != nullptr ? reinterpret_cast<std::uintptr_t>(ld_so.dlvsym)
                                   : reinterpret_cast<std::uintptr_t>(ld_so.dlsym);
  return {reinterpret_cast<Question::Lookup>(lookup), name, version};
}

}  // namespace

void* symbol_by_default(Capsule& capsule, const char* name, const void* caller) {
  void* found = find_natively(capsule, question_for(name, nullptr), caller);
  process::forget_error();
  return found;
}

void* symbol_by_handle(Capsule& capsule, void* handle, const char* name, const char* version) {
  KeepErrno keep;
  void* found = nullptr;
  if (has_native_order(capsule)) {
    found = find_by_handle(capsule, question_for(name, version), static_cast<link_map*>(handle));
  }
  if (found == nullptr) return process::symbol_by(handle, name, version);
  process::forget_error();
  return found;
}

}  // namespace bulkhead::inside
