// GLIBC_TUNABLES: what the user has set is kept.
#include "preload/tunables.h"

#include <gtest/gtest.h>

namespace bulkhead::preload {
namespace {

constexpr const char* kOwn = "glibc.rtld.optional_static_tls=4096";

TEST(Tunables, OursAloneWhereThereIsNone) { EXPECT_EQ(with_static_tls(""), kOwn); }

TEST(Tunables, OthersStayInTheirOrder) {
  EXPECT_EQ(with_static_tls("glibc.malloc.check=3:glibc.rtld.nns=8"),
            std::string("glibc.malloc.check=3:glibc.rtld.nns=8:") + kOwn);
}

TEST(Tunables, SmallerOneIsRaised) {
  EXPECT_EQ(with_static_tls("glibc.rtld.optional_static_tls=512:a.b.c=1"),
            std::string("a.b.c=1:") + kOwn);
}

TEST(Tunables, LargerOneStaysInWhateverBase) {
  EXPECT_EQ(with_static_tls("glibc.rtld.optional_static_tls=10000"),
            "glibc.rtld.optional_static_tls=10000");
  EXPECT_EQ(with_static_tls("glibc.rtld.optional_static_tls=0x2000"),
            "glibc.rtld.optional_static_tls=8192");
}

TEST(Tunables, EmptyEntriesAndNoNumberAreNothing) {
  EXPECT_EQ(with_static_tls("::a.b.c=1::glibc.rtld.optional_static_tls=:"),
            std::string("a.b.c=1:") + kOwn);
}

}  // namespace
}  // namespace bulkhead::preload
