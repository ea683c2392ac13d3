#include "isolation/isolated_names.h"

#include <cstdint>

#include "base/text.h"
#include "elf/hash.h"

namespace bulkhead::isolation {
namespace {

using Names = std::string_view[];

// libc's own calls of malloc, calloc, realloc, free and memalign go by its PLT, so that a program
// can replace them; what strdup, getline, asprintf or scandir return comes with these.
constexpr Names kHeap = {"malloc",
                         "calloc",
                         "realloc",
                         "reallocarray",
                         "free",
                         "cfree",
                         "memalign",
                         "aligned_alloc",
                         "posix_memalign",
                         "valloc",
                         "pvalloc",
                         "malloc_usable_size",
                         "malloc_trim",
                         "malloc_stats",
                         "mallopt",
                         "mallinfo",
                         "mallinfo2",
                         "__libc_malloc",
                         "__libc_calloc",
                         "__libc_realloc",
                         "__libc_free",
                         "__libc_memalign",
                         "__libc_valloc",
                         "__libc_pvalloc",
                         "__malloc_hook",
                         "__realloc_hook",
                         "__free_hook",
                         "__memalign_hook",
                         "__after_morecore_hook",
                         "__morecore"};

// By prefix: a release that adds a function adds it to both sides. Those without state (attributes,
// mutexes) are among them, since their old versions have to be told apart all the same.
constexpr Names kThreads = {"pthread_*", "__pthread_*", "_pthread_cleanup_*",
                            "thrd_*",    "tss_*",       "mtx_*",
                            "cnd_*",     "call_once",   "sem_*",
                            "timer_*",   "aio_*",       "lio_*",
                            "mq_*",      "__mq_*",      "gai_cancel",
                            "gai_error", "gai_suspend", "getaddrinfo_a"};

constexpr Names kThreadEnd = {"__cxa_thread_atexit_impl"};

// A thread that waits in the kernel can be cancelled by the libc whose code it is in: since 2.41
// the signal's handler looks at the instruction pointer, and before 2.34 a libc without its
// libpthread would end the process. So these, which only wait, are the program's. Those that
// transfer something are not: rules for system calls go by whose code makes the call.
constexpr Names kWaiting = {"clock_nanosleep", "epoll_pwait", "epoll_pwait2", "epoll_wait",
                            "nanosleep",       "pause",       "poll",         "ppoll",
                            "pselect",         "select",      "sigpause",     "sigsuspend",
                            "sigtimedwait",    "sigwait",     "sigwaitinfo",  "sleep",
                            "usleep",          "wait",        "wait3",        "wait4",
                            "waitid",          "waitpid",     "__nanosleep",  "__poll",
                            "__poll_chk",      "__ppoll_chk", "__select",     "__sigpause",
                            "__sigsuspend",    "__wait",      "__waitpid"};

// SIGSETXID: each thread is told by a signal, whose handler is that of the libc which makes
// threads.
constexpr Names kIdentity = {"setuid",   "setgid",    "seteuid",   "setegid",   "setreuid",
                             "setregid", "setresuid", "setresgid", "setgroups", "initgroups"};

constexpr Names kEnvironment = {"environ",       "__environ",      "_environ", "getenv",
                                "setenv",        "unsetenv",       "putenv",   "clearenv",
                                "secure_getenv", "__secure_getenv"};

// err() and error() end the process from inside libc.
constexpr Names kExit = {"exit",
                         "quick_exit",
                         "on_exit",
                         "atexit",
                         "__cxa_atexit",
                         "__cxa_finalize",
                         "__cxa_at_quick_exit",
                         "err",
                         "errx",
                         "verr",
                         "verrx",
                         "error",
                         "error_at_line",
                         "error_message_count",
                         "error_one_per_line",
                         "error_print_progname"};

constexpr Names kFork = {"fork",   "__fork",  "__libc_fork",      "_Fork",
                         "daemon", "forkpty", "__register_atfork"};

constexpr Names kLoader = {"dlopen", "dlmopen", "dlclose", "dlerror", "dlsym",
                           "dlvsym", "dlinfo",  "dladdr",  "dladdr1", "dl_iterate_phdr"};

constexpr Names kLocale = {"setlocale"};

constexpr Names kProcess = {"brk",
                            "sbrk",
                            "__sbrk",
                            "__curbrk",
                            "__libc_allocate_rtsig",
                            "__libc_current_sigrtmin",
                            "__libc_current_sigrtmax"};

constexpr NameGroup kHeapGroup = {"memory may be freed on either side", kHeap};

constexpr NameGroup kGroups[] = {
    {"both would use the same places of a thread's control block", kThreads},
    {"run at a thread's end by the libc that made the thread", kThreadEnd},
    {"a thread that waits in one can be cancelled", kWaiting},
    {"changed in all threads by a signal to each", kIdentity},
    {"one environment", kEnvironment},
    {"one list of exit handlers; all streams are flushed", kExit},
    {"one list of fork handlers; locks of both sides are taken", kFork},
    {"what is opened inside stays inside", kLoader},
    {"set on both sides", kLocale},
    {"one end of the data segment, one set of real-time signals", kProcess},
};

constexpr bool is_pattern(std::string_view name) { return name.ends_with('*'); }

// Exact names go by the hash table.
void mark_exact(const NameGroup& group, const elf::SymbolTable& symbols, std::span<bool> marks) {
  for (std::string_view name : group.names) {
    if (is_pattern(name)) continue;
    symbols.for_each_named(name, [&](elf::SymbolIndex index) {
      marks[index] = true;
      return false;
    });
  }
}

// What all groups' patterns begin with. Thousands of names are compared with them.
class Prefixes {
 public:
  constexpr Prefixes() {
    for (const NameGroup& group : kGroups) {
      for (std::string_view name : group.names) {
        if (is_pattern(name)) add({name.data(), name.size() - 1});
      }
    }
  }

  constexpr std::size_t longest() const { return longest_; }

  // `text`: a name, or more than that.
  bool fit(std::string_view text) const {
    if (text.size() < kShortest) return false;
    for (std::size_t i = first_[hash(text)]; i != kNone; i = next_[i]) {
      if (text.starts_with(all_[i])) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kMost = 32;
  static constexpr std::size_t kShortest = 3;
  static constexpr std::size_t kBuckets = 256;
  static constexpr std::uint8_t kNone = 0;

  static constexpr std::uint8_t hash(std::string_view text) {
    return static_cast<std::uint8_t>(text[0] * 5 + text[1] * 3 + text[2]);
  }

  constexpr void add(std::string_view prefix) {
    all_[++count_] = prefix;
    std::uint8_t& first = first_[hash(prefix)];
    next_[count_] = first;
    first = count_;
    if (prefix.size() > longest_) longest_ = prefix.size();
  }

  std::string_view all_[kMost];  // from 1 on
  std::uint8_t count_ = 0;
  std::size_t longest_ = 0;
  std::uint8_t first_[kBuckets] = {};  // by hash(): nearly all names begin otherwise
  std::uint8_t next_[kMost] = {};
};
constexpr Prefixes kPrefixes;

}  // namespace

const NameGroup& heap_names() { return kHeapGroup; }

std::span<const NameGroup> process_names() { return kGroups; }

void mark_programs_names(const elf::SymbolTable& symbols, bool own_heap, std::span<bool> marks) {
  if (!own_heap) mark_exact(kHeapGroup, symbols, marks);
  for (const NameGroup& group : kGroups) mark_exact(group, symbols, marks);
  for (elf::SymbolIndex i : symbols.indices(0)) {
    if (kPrefixes.fit(symbols.name_start(i, kPrefixes.longest()))) marks[i] = true;
  }
}

}  // namespace bulkhead::isolation
