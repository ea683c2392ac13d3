// The built compat libraries, opened in this process, and their symbols by version.
//
// This machine's glibc may define the same symbol: dlvsym on compat's own handle still finds
// compat's, and the plain name or `of_this_machine` is the other one, which serves as an oracle.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <string>

namespace compat_test {

inline void* open_library(const char* name) {
  const std::string path = std::string(COMPAT_DIRECTORY) + "/" + name;
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) ADD_FAILURE() << dlerror();
  return handle;
}

inline void* handle_of_c() {
  static void* const handle = open_library("libbulkhead-compat.so.0");
  return handle;
}

inline void* handle_of_m() {
  static void* const handle = open_library("libbulkhead-compat-m.so.0");
  return handle;
}

// The library that defines `address`, as dladdr names it.
inline std::string home_of(const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "nowhere";
  return info.dli_fname;
}

template <class Function>
Function* symbol(void* handle, const char* name, const char* version) {
  void* found = handle == nullptr ? nullptr : dlvsym(handle, name, version);
  EXPECT_NE(found, nullptr) << name << "@" << version;
  EXPECT_NE(home_of(found).find("libbulkhead-compat"), std::string::npos)
      << name << " is of " << home_of(found);
  return reinterpret_cast<Function*>(found);
}

template <class Function>
Function* from_c(const char* name, const char* version) {
  return symbol<Function>(handle_of_c(), name, version);
}

template <class Function>
Function* from_m(const char* name, const char* version) {
  return symbol<Function>(handle_of_m(), name, version);
}

// Null where this machine's glibc is too old to have it.
template <class Function>
Function* of_this_machine(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace compat_test
