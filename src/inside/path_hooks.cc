#include "inside/path_hooks.h"

#include "capsule/capsule.h"
#include "inside/path_map.h"

namespace bulkhead::inside {

using capsule::argument;
using capsule::Capsule;
using capsule::done;
using capsule::Hook;
using capsule::HookCall;

namespace {

using Function = std::uintptr_t (*)(std::uintptr_t, std::uintptr_t, std::uintptr_t, std::uintptr_t,
                                    std::uintptr_t, std::uintptr_t);

// With the path on the stack of the caller, which has enough for it if for nothing else.
[[gnu::noinline]] const void* call_with(const MappedPath& mapped, unsigned index, HookCall& call,
                                        const void* original) {
  auto* path = static_cast<char*>(__builtin_alloca(mapped.size()));
  mapped.write(path);
  std::uintptr_t a[6];
  for (unsigned i = 0; i < 6; ++i) a[i] = call.arguments[i];
  a[index] = reinterpret_cast<std::uintptr_t>(path);
  // All of these functions take integers and pointers only, six at most. The optional mode of
  // open is passed where a third named argument goes, by all Linux ABIs.
  return done(call, reinterpret_cast<Function>(original)(a[0], a[1], a[2], a[3], a[4], a[5]));
}

// A function whose argument `index` is a path.
template <unsigned index>
const void* with_path(Capsule& capsule, HookCall& call, const void* original) {
  MappedPath mapped = mapped_path(capsule, argument<const char*>(call, index));
  return mapped.any() ? call_with(mapped, index, call, original) : original;
}

// The same for one that takes as many arguments as the caller likes, and so has to find the stack
// as it was. What they start takes this process's place, so the path may stay where it is.
const void* with_path_for_ever(Capsule& capsule, HookCall& call, const void* original) {
  MappedPath mapped = mapped_path(capsule, argument<const char*>(call, 0));
  if (!mapped.any()) return original;
  auto* path = capsule.keep(
      [&](Arena& arena) { return static_cast<char*>(arena.allocate(mapped.size(), 1)); });
  mapped.write(path);
  call.arguments[0] = reinterpret_cast<std::uintptr_t>(path);
  return original;
}

constexpr Hook variadic(std::string_view name) { return {name, &with_path_for_ever}; }
constexpr Hook first(std::string_view name) { return {name, &with_path<0>}; }
// The *at family: a directory, then the path (an absolute one makes the directory void). And the
// __xstat family: glibc's version of struct stat, then the path.
constexpr Hook second(std::string_view name) { return {name, &with_path<1>}; }
constexpr Hook third(std::string_view name) { return {name, &with_path<2>}; }

constexpr Hook kHooks[] = {
    first("open"),
    first("open64"),
    first("__open_2"),
    first("__open64_2"),
    second("openat"),
    second("openat64"),
    second("__openat_2"),
    second("__openat64_2"),
    first("fopen"),
    first("fopen64"),
    first("opendir"),
    first("scandir"),
    first("scandir64"),
    first("stat"),
    first("stat64"),
    first("lstat"),
    first("lstat64"),
    second("fstatat"),
    second("fstatat64"),
    second("__xstat"),
    second("__xstat64"),
    second("__lxstat"),
    second("__lxstat64"),
    third("__fxstatat"),
    third("__fxstatat64"),
    second("statx"),
    first("access"),
    second("faccessat"),
    first("readlink"),
    second("readlinkat"),
    first("realpath"),
    first("__realpath_chk"),
    first("__readlink_chk"),
    second("__readlinkat_chk"),
    first("canonicalize_file_name"),
    first("creat"),
    first("creat64"),
    first("freopen"),
    first("freopen64"),
    first("eaccess"),
    first("euidaccess"),
    first("statfs"),
    first("statfs64"),
    first("statvfs"),
    first("statvfs64"),
    first("chdir"),
    first("glob"),
    first("glob64"),
    first("ftw"),
    first("ftw64"),
    first("nftw"),
    first("nftw64"),
    second("scandirat"),
    second("scandirat64"),
    second("inotify_add_watch"),
    first("execve"),
    first("execv"),
    first("execvp"),
    first("execvpe"),
    second("execveat"),
    second("posix_spawn"),
    second("posix_spawnp"),
    variadic("execl"),
    variadic("execlp"),
    variadic("execle"),
};

}  // namespace

std::span<const Hook> path_hooks() { return kHooks; }

}  // namespace bulkhead::inside
