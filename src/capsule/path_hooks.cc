#include "capsule/path_hooks.h"

#include <cstddef>

#include "capsule/path_map.h"

struct stat;
struct dirent;

namespace bulkhead::capsule {
namespace {

// The base's function behind each hook; set when libc.so.6 is mirrored, before any code
// of a capsule runs. Types that matter to no one here are void*.
enum Index : unsigned {
  kOpen,
  kOpen64,
  kOpen2,
  kOpen642,
  kOpenat,
  kOpenat64,
  kOpenat2,
  kOpenat642,
  kFopen,
  kFopen64,
  kOpendir,
  kScandir,
  kScandir64,
  kStat,
  kStat64,
  kLstat,
  kLstat64,
  kFstatat,
  kFstatat64,
  kXstat,
  kXstat64,
  kLxstat,
  kLxstat64,
  kFxstatat,
  kFxstatat64,
  kStatx,
  kAccess,
  kFaccessat,
  kReadlink,
  kReadlinkat,
  kRealpath,
  kRealpathChk,
  kCount
};
void* g_originals[kCount];

// A function whose first argument is the path.
template <unsigned index, class Return, class... Rest>
Return first(const char* path, Rest... rest) {
  PathBuffer buffer;
  path = mapped_path(path, __builtin_return_address(0), buffer);
  return reinterpret_cast<Return (*)(const char*, Rest...)>(g_originals[index])(path, rest...);
}

// The *at family: a directory, then the path. An absolute path makes the directory void.
template <unsigned index, class Return, class... Rest>
Return second(int directory, const char* path, Rest... rest) {
  PathBuffer buffer;
  path = mapped_path(path, __builtin_return_address(0), buffer);
  return reinterpret_cast<Return (*)(int, const char*, Rest...)>(g_originals[index])(directory,
                                                                                     path, rest...);
}

// The __xstat family: glibc's version of struct stat, then as above.
template <unsigned index, class... Rest>
int versioned(int version, const char* path, Rest... rest) {
  PathBuffer buffer;
  path = mapped_path(path, __builtin_return_address(0), buffer);
  return reinterpret_cast<int (*)(int, const char*, Rest...)>(g_originals[index])(version, path,
                                                                                  rest...);
}

template <unsigned index>
int versioned_at(int version, int directory, const char* path, struct ::stat* status, int flags) {
  PathBuffer buffer;
  path = mapped_path(path, __builtin_return_address(0), buffer);
  return reinterpret_cast<int (*)(int, int, const char*, struct ::stat*, int)>(g_originals[index])(
      version, directory, path, status, flags);
}

template <class Function>
Hook hook(std::string_view name, Function* function, unsigned index) {
  return {name, reinterpret_cast<const void*>(function), &g_originals[index]};
}

}  // namespace

std::span<const Hook> path_hooks() {
  using Stat = struct ::stat*;
  using Filter = int (*)(const struct ::dirent*);
  using Compare = int (*)(const struct ::dirent**, const struct ::dirent**);
  // open's mode is an optional argument; all Linux ABIs pass it where a third named
  // argument goes, and the kernel ignores it unless a file is created.
  static const Hook kHooks[] = {
      hook("open", &first<kOpen, int, int, unsigned>, kOpen),
      hook("open64", &first<kOpen64, int, int, unsigned>, kOpen64),
      hook("__open_2", &first<kOpen2, int, int>, kOpen2),
      hook("__open64_2", &first<kOpen642, int, int>, kOpen642),
      hook("openat", &second<kOpenat, int, int, unsigned>, kOpenat),
      hook("openat64", &second<kOpenat64, int, int, unsigned>, kOpenat64),
      hook("__openat_2", &second<kOpenat2, int, int>, kOpenat2),
      hook("__openat64_2", &second<kOpenat642, int, int>, kOpenat642),
      hook("fopen", &first<kFopen, void*, const char*>, kFopen),
      hook("fopen64", &first<kFopen64, void*, const char*>, kFopen64),
      hook("opendir", &first<kOpendir, void*>, kOpendir),
      hook("scandir", &first<kScandir, int, struct ::dirent***, Filter, Compare>, kScandir),
      hook("scandir64", &first<kScandir64, int, struct ::dirent***, Filter, Compare>, kScandir64),
      hook("stat", &first<kStat, int, Stat>, kStat),
      hook("stat64", &first<kStat64, int, Stat>, kStat64),
      hook("lstat", &first<kLstat, int, Stat>, kLstat),
      hook("lstat64", &first<kLstat64, int, Stat>, kLstat64),
      hook("fstatat", &second<kFstatat, int, Stat, int>, kFstatat),
      hook("fstatat64", &second<kFstatat64, int, Stat, int>, kFstatat64),
      hook("__xstat", &versioned<kXstat, Stat>, kXstat),
      hook("__xstat64", &versioned<kXstat64, Stat>, kXstat64),
      hook("__lxstat", &versioned<kLxstat, Stat>, kLxstat),
      hook("__lxstat64", &versioned<kLxstat64, Stat>, kLxstat64),
      hook("__fxstatat", &versioned_at<kFxstatat>, kFxstatat),
      hook("__fxstatat64", &versioned_at<kFxstatat64>, kFxstatat64),
      hook("statx", &second<kStatx, int, int, unsigned, void*>, kStatx),
      hook("access", &first<kAccess, int, int>, kAccess),
      hook("faccessat", &second<kFaccessat, int, int, int>, kFaccessat),
      hook("readlink", &first<kReadlink, long, char*, std::size_t>, kReadlink),
      hook("readlinkat", &second<kReadlinkat, long, char*, std::size_t>, kReadlinkat),
      hook("realpath", &first<kRealpath, char*, char*>, kRealpath),
      hook("__realpath_chk", &first<kRealpathChk, char*, char*, std::size_t>, kRealpathChk),
  };
  return kHooks;
}

}  // namespace bulkhead::capsule
