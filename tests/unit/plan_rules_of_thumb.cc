#include "plan/rules_of_thumb.h"

#include <gtest/gtest.h>

namespace bulkhead::plan {
namespace {

TEST(RulesOfThumb, GlibcFamilyIsShared) {
  for (std::string_view name :
       {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "libresolv.so.2", "libmvec.so.1",
        "libnss_files.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "ld-linux.so.2",
        "linux-vdso.so.1"}) {
    EXPECT_TRUE(is_glibc_family(name)) << name;
    EXPECT_TRUE(is_always_shared(name)) << name;
  }
}

TEST(RulesOfThumb, NamesThatOnlyLookLikeGlibc) {
  for (std::string_view name : {"", "libc.so", "libc.so.60", "libcrypt.so.1", "libnsl.so.2",
                                "libmd.so.0", "ld-linux", "libstdc++.so.6", "libnss_wins.so.2"}) {
    EXPECT_FALSE(is_always_shared(name)) << name;
  }
}

TEST(RulesOfThumb, LibgccIsSharedButNoPartOfGlibc) {
  EXPECT_TRUE(is_always_shared("libgcc_s.so.1"));
  EXPECT_FALSE(is_glibc_family("libgcc_s.so.1"));
}

TEST(RulesOfThumb, RuntimesOfALanguageAreNeverFound) {
  EXPECT_TRUE(is_never_found("libstdc++.so.6"));
  EXPECT_TRUE(is_never_found("libasan.so.8"));
  EXPECT_TRUE(is_never_found("libgomp.so.1"));
  EXPECT_FALSE(is_never_found("libX11.so.6"));
}

TEST(RulesOfThumb, CxxRuntimesAreNeverFoundEither) {
  for (std::string_view name : {"libstdc++.so.6", "libc++.so.1", "libc++abi.so.1"}) {
    EXPECT_TRUE(is_cxx_runtime(name)) << name;
    EXPECT_TRUE(is_never_found(name)) << name;
  }
  EXPECT_FALSE(is_cxx_runtime("libgomp.so.1"));
}

// Three lists of these libraries differed, each for a reason of its own.
TEST(RulesOfThumb, WhatBecamePartOfLibcIsAPartOfGlibc) {
  for (const MergedLibrary& library : merged_into_libc()) {
    EXPECT_TRUE(is_glibc_family(library.name)) << library.name;
    EXPECT_TRUE(library.once || !library.with_shims) << library.name;
  }
}

TEST(RulesOfThumb, AnIsolatedCapsuleHasALibcOfItsOwn) {
  for (bool apart : {false, true}) {
    EXPECT_TRUE(is_own_glibc("libc.so.6", apart));
    EXPECT_TRUE(is_own_glibc("libm.so.6", apart));
    EXPECT_TRUE(is_own_glibc("libresolv.so.2", apart));
    EXPECT_TRUE(is_own_glibc("libutil.so.1", apart));
    EXPECT_FALSE(is_own_glibc("ld-linux-x86-64.so.2", apart));
    EXPECT_FALSE(is_own_glibc("linux-vdso.so.1", apart));
    EXPECT_FALSE(is_own_glibc("libz.so.1", apart));
    for (std::string_view name : {"libpthread.so.0", "libdl.so.2", "librt.so.1", "libanl.so.1"}) {
      EXPECT_EQ(is_own_glibc(name, apart), !apart) << name;
    }
  }
}

}  // namespace
}  // namespace bulkhead::plan
