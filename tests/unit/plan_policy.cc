#include "plan/policy.h"

#include <gtest/gtest.h>

namespace bulkhead::plan {
namespace {

TEST(Policy, GlibcFamilyIsShared) {
  for (std::string_view name :
       {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "libresolv.so.2", "libmvec.so.1",
        "libnss_files.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "ld-linux.so.2",
        "linux-vdso.so.1"}) {
    EXPECT_TRUE(is_glibc_family(name)) << name;
    EXPECT_TRUE(is_always_shared(name)) << name;
  }
}

TEST(Policy, NamesThatOnlyLookLikeGlibc) {
  for (std::string_view name : {"", "libc.so", "libc.so.60", "libcrypt.so.1", "libnsl.so.2",
                                "libmd.so.0", "ld-linux", "libstdc++.so.6", "libnss_wins.so.2"}) {
    EXPECT_FALSE(is_always_shared(name)) << name;
  }
}

TEST(Policy, LibgccIsSharedButNoPartOfGlibc) {
  EXPECT_TRUE(is_always_shared("libgcc_s.so.1"));
  EXPECT_FALSE(is_glibc_family("libgcc_s.so.1"));
}

TEST(Policy, RuntimesOfALanguageAreNeverFound) {
  EXPECT_TRUE(is_never_found("libstdc++.so.6"));
  EXPECT_TRUE(is_never_found("libasan.so.8"));
  EXPECT_TRUE(is_never_found("libgomp.so.1"));
  EXPECT_FALSE(is_never_found("libX11.so.6"));
}

TEST(Policy, ProfilesHaveFamiliesThatDoNotOverlap) {
  for (const Profile& profile : profiles()) {
    EXPECT_EQ(find_profile(profile.name), &profile);
    for (std::string_view name : profile.family) {
      EXPECT_EQ(profile_of(name), &profile) << name;
      EXPECT_FALSE(contains(profile.boundary, name)) << name;
      EXPECT_TRUE(contains(profile.expose, name)) << name;
    }
    for (std::string_view name : profile.expose) EXPECT_FALSE(is_always_shared(name)) << name;
  }
  EXPECT_EQ(find_profile("nosuch"), nullptr);
  EXPECT_EQ(profile_of("libz.so.1"), nullptr);
}

}  // namespace
}  // namespace bulkhead::plan
