#include "isolation/isolated_libc.h"

#include <locale.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "elf/glibc.h"
#include "isolation/heap_watch.h"
#include "isolation/own_heap.h"
#include "isolation/streams.h"
#include "process/addresses.h"
#include "process/base_view.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/interposer.h"
#include "words/slots.h"

namespace bulkhead::isolation {

using capsule::argument;
using capsule::Capsule;
using capsule::done;
using capsule::Hook;
using capsule::HookCall;
using capsule::Isolation;
using capsule::registered_capsules;

namespace {

using elf::Addr;

constexpr std::string_view kFirst = arch::Native::kBaseline;
constexpr std::string_view kPrivate = "GLIBC_PRIVATE";

// Functions that return the address of a thread-local variable, which there is to be one of. The
// tables of <ctype.h> are set up in a thread by the libc that made it, and libc looks at them
// itself.
constexpr std::string_view kPlaces[][2] = {{"__errno_location", kFirst},
                                           {"__h_errno_location", kFirst},
                                           {"__ctype_b_loc", "GLIBC_2.3"},
                                           {"__ctype_tolower_loc", "GLIBC_2.3"},
                                           {"__ctype_toupper_loc", "GLIBC_2.3"}};

// <bits/types/struct_FILE.h> and libio.h, the same since glibc 2.1.
constexpr int kNoWrites = 0x8;     // _IO_NO_WRITES
constexpr int kUserLock = 0x8000;  // _IO_USER_LOCK: the program locks (__fsetlocking)
constexpr int kUnbuffered = 2;     // _IONBF
struct StreamLock {                // _IO_lock_t
  int lock;
  int count;
  void* owner;
};

// One of the two libcs: of the same build, so that one symbol table is good for both.
struct Libc {
  const elf::Object& tables;  // the base's
  Addr bias;

  // 0 if it has no such function.
  Addr address_of(std::string_view name, std::string_view version) const {
    std::optional<elf::SymbolIndex> index = tables.find(name, version);
    if (!index || elf::symbol_type(tables.symbols[*index]) != STT_FUNC) return 0;
    return bias + tables.symbols[*index].st_value;
  }
};

// Notes the first name that is not there.
class Finder {
 public:
  explicit Finder(const Libc& libc) : libc_(libc) {}

  template <class Function>
  void find(Function*& function, std::string_view name, std::string_view version = kFirst) {
    Addr address = libc_.address_of(name, version);
    if (address == 0 && missing_.empty()) missing_ = name;
    function = reinterpret_cast<Function*>(address);
  }

  std::string_view missing() const { return missing_; }

 private:
  const Libc& libc_;
  std::string_view missing_;
};

// In the order of glibc's fork: the list first; the streams themselves are not locked, but made
// free in the child, where no thread is left that could hold one.
template <class Visit>
void for_each_isolated(Visit visit) {
  for (const Capsule* capsule : registered_capsules()) {
    const Isolation* isolation = capsule->isolation();
    const IsolatedLibc* libc = isolation != nullptr ? isolation->libc() : nullptr;
    if (libc != nullptr) visit(*libc);
  }
}

void before_fork() {
  // A stream's own functions (fopencookie) are called with the list locked, and may allocate.
  for_each_isolated([](const IsolatedLibc& libc) { libc.lock_streams(); });
}

void after_fork() {
  for_each_isolated([](const IsolatedLibc& libc) { libc.unlock_streams(); });
}

void in_child() {
  for_each_isolated([](const IsolatedLibc& libc) {
    for (Stream* stream = libc.first_stream(); stream != nullptr;
         stream = libc.next_stream(stream)) {
      if ((stream->_flags & kUserLock) != 0 || stream->_lock == nullptr) continue;
      *reinterpret_cast<StreamLock*>(stream->_lock) = {};
    }
    libc.reset_streams();
  });
}

// The program's setlocale, where it was bound before an isolated capsule was there. Guard: written
// under ld.so's lock, before a word leads to its reader.
char* (*g_set_locale)(int, const char*) = nullptr;

char* set_locale_everywhere(int category, const char* locale) {
  char* result = g_set_locale(category, locale);
  if (result == nullptr || locale == nullptr) return result;
  // What the base has now: the same text could mean another one if the environment changes.
  for_each_isolated([&](const IsolatedLibc& libc) { libc.set_locale(category, locale); });
  return result;
}

const void* hooked_setlocale(Capsule&, HookCall& call, const void*) {
  return done(call, set_locale_everywhere(argument<int>(call, 0), argument<const char*>(call, 1)));
}

// Where a call of fflush goes on to, if it is for one stream. Without any it is about all of them:
// the program's, and those of the capsule's libc.
const void* flush(HookCall& call, const void* program, int (*own)(Stream*)) {
  auto* stream = argument<Stream*>(call, 0);
  if (stream != nullptr) {
    return is_stream_of_program(stream) ? program : reinterpret_cast<const void*>(own);
  }
  int first = reinterpret_cast<int (*)(Stream*)>(program)(nullptr);
  int second = own(nullptr);
  return done(call, first != 0 ? first : second);
}

const void* hooked_fflush(Capsule& capsule, HookCall& call, const void* original) {
  return flush(call, original, capsule.isolation()->libc()->flush);
}

const void* hooked_fflush_unlocked(Capsule& capsule, HookCall& call, const void* original) {
  return flush(call, original, capsule.isolation()->libc()->flush_unlocked);
}

bool replaced_by_tool(std::string_view name) {
  for (const Capsule* capsule : registered_capsules()) {
    if (capsule->interposer() != nullptr && shims::interposes(*capsule->interposer(), name))
      return true;
  }
  return false;
}

// Once in a process.
void begin(Arena& arena, const IsolatedLibc::OfBase& base) {
  if (g_set_locale != nullptr) return;
  g_set_locale = base.set_locale;
  // Without the handle of an object they stay for ever.
  base.register_fork_handlers(&before_fork, &after_fork, &in_child, nullptr);
  // The program calls a tool then, which goes on to libc as it likes.
  if (replaced_by_tool("setlocale")) return;
  auto ours = reinterpret_cast<Addr>(&set_locale_everywhere);
  for (const process::BaseObject& object : process::base_objects(arena)) {
    if (object.contains(ours)) continue;
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (image) words::bind_import(*image, "setlocale", ours);
  }
}

Status find_functions(const Libc& own, IsolatedLibc& libc) {
  Finder finder(own);
  finder.find(libc.set_locale, "setlocale");
  finder.find(libc.lock_streams, "_IO_list_lock");
  finder.find(libc.unlock_streams, "_IO_list_unlock");
  finder.find(libc.reset_streams, "_IO_list_resetlock");
  finder.find(libc.first_stream, "_IO_iter_begin");
  finder.find(libc.next_stream, "_IO_iter_next");
  finder.find(libc.try_lock, "ftrylockfile");
  finder.find(libc.unlock, "funlockfile");
  finder.find(libc.flush, "fflush");
  finder.find(libc.flush_unlocked, "fflush_unlocked");
  finder.find(libc.set_buffer, "setvbuf");
  if (finder.missing().empty()) return {};
  return fail(Fault::unsupported, "is not in the libc of the isolated capsule", finder.missing());
}

Status find_in_base(const Libc& base, IsolatedLibc& libc) {
  Finder finder(base);
  finder.find(libc.base.set_locale, "setlocale");
  finder.find(libc.base.register_fork_handlers, "__register_atfork", "GLIBC_2.3.2");
  if (finder.missing().empty()) return {};
  return fail(Fault::unsupported, "is not in the program's libc", finder.missing());
}

Status find_places(const Libc& base, const Libc& own, IsolatedLibc& libc) {
  for (const auto& [name, version] : kPlaces) {
    Addr ours = base.address_of(name, version);
    Addr theirs = own.address_of(name, version);
    if (ours == 0 || theirs == 0) return fail(Fault::unsupported, "is not in both libcs", name);
    using Location = const void* (*)();
    libc.moves.push_back({words::thread_place(reinterpret_cast<Location>(theirs)()),
                          words::thread_place(reinterpret_cast<Location>(ours)())});
  }
  return {};
}

// Before glibc 2.34 errors in ld.so, such as a symbol that is not found, are caught by way of a
// thread-local variable of libc's without a name: ld.so looks at the base's, and iconv and the name
// service, which look symbols up in modules that need not have them, set their own libc's. (Then it
// became part of the thread's control block.) It is known by its use: the one that is another
// while something is called by the function that catches.
using Catch = int(void* exception, void (*operate)(void*), void* arguments);

struct Watch {
  std::span<const Addr> places;
  std::span<Addr> before;
  Addr changed = 0;
};

Addr place_of_catch(Arena& arena, const Libc& libc, const elf::Image& image) {
  Catch* function = nullptr;
  Finder finder(libc);
  finder.find(function, "_dl_catch_exception", kPrivate);
  if (function == nullptr) return 0;
  List<Addr> places = words::thread_places(arena, image);
  Watch watch{places.view(), arena.array<Addr>(places.size())};
  for (std::size_t i = 0; i < places.size(); ++i) {
    watch.before[i] = *words::at_thread_place(places[i]);
  }
  Addr exception[3] = {};  // struct dl_exception
  function(
      exception,
      [](void* context) {
        auto* to = static_cast<Watch*>(context);
        for (std::size_t i = 0; i < to->places.size(); ++i) {
          if (*words::at_thread_place(to->places[i]) != to->before[i]) {
            to->changed = to->places[i];
          }
        }
      },
      &watch);
  return watch.changed;
}

// A stream of glibc's without a lock until a thread is made by its own libc, which never happens.
void enable_locks(const Libc& own) {
  void (*enable)() = nullptr;
  Finder finder(own);
  finder.find(enable, "_IO_enable_locks", kPrivate);
  if (enable != nullptr) enable();
}

}  // namespace

Status find_isolated_libc(Arena& arena, Capsule& capsule, process::BaseView& base, link_map* own) {
  const elf::Object* tables = base.find(elf::kLibc);
  if (tables == nullptr) return fail(Fault::unsupported, "the program has no glibc");
  const Libc ours{*tables, tables->image.bias()};
  const Libc theirs{*tables, process::bias_of(own)};
  Result<elf::Image> image = process::image_of(own);
  if (!image) return about(image.error(), process::name_of(own));
  if (capsule.request().own_heap) {
    Result<elf::Object> object = elf::Object::read(arena, *image);
    if (!object) return about(object.error(), process::name_of(own));
    if (Status heap = find_own_heap(capsule, *object); !heap) {
      return about(heap.error(), process::name_of(own));
    }
    watch_base(arena);
  }
  auto* libc = capsule.keep([](Arena& kept) { return kept.create<IsolatedLibc>(kept); });
  Status found = find_functions(theirs, *libc);
  if (found) found = find_in_base(ours, *libc);
  if (found) found = find_places(ours, theirs, *libc);
  if (!found) return about(found.error(), process::name_of(own));
  if (capsule.isolation()->threads_apart()) {
    Addr from = place_of_catch(arena, theirs, *image);
    Addr to = place_of_catch(arena, ours, tables->image);
    if (from != 0 && to != 0) libc->moves.push_back({from, to});
  }
  enable_locks(theirs);
  find_own_stream_functions(capsule, theirs.bias);
  // Before errno and the tables of <ctype.h> are the base's, of which this thread has the right
  // ones.
  if (const char* locale = libc->base.set_locale(LC_ALL, nullptr)) {
    libc->set_locale(LC_ALL, arena.copy(locale).data());
  }
  capsule.isolation()->publish(*libc);
  begin(arena, libc->base);
  return {};
}

void end_streams(const Capsule& capsule) {
  const Isolation* isolation = capsule.isolation();
  const IsolatedLibc* libc = isolation != nullptr ? isolation->libc() : nullptr;
  if (libc == nullptr) return;
  for (Stream* stream = libc->first_stream(); stream != nullptr;
       stream = libc->next_stream(stream)) {
    if ((stream->_flags & kNoWrites) != 0 || stream->_fileno < 0) continue;
    // Another thread may wait for input in it, for ever: then only what is there is written, as
    // glibc does at exit.
    bool locked = libc->try_lock(stream) == 0;
    libc->flush_unlocked(stream);
    if (!locked) continue;
    libc->set_buffer(stream, nullptr, kUnbuffered, 0);
    libc->unlock(stream);
  }
}

std::span<const Hook> isolated_hooks() {
  static constexpr Hook kHooks[] = {{"setlocale", &hooked_setlocale},
                                    {"fflush", &hooked_fflush},
                                    {"_IO_fflush", &hooked_fflush},
                                    {"fflush_unlocked", &hooked_fflush_unlocked}};
  return kHooks;
}

}  // namespace bulkhead::isolation
