// Where a dynamic linker searches, as its file's constants say.
#include "resolve/linker_defaults.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bulkhead::resolve {
namespace {

std::vector<std::string> directories_in(std::string_view bytes) {
  Arena arena;
  std::vector<std::string> names;
  for (std::string_view each : defaults_of_linker(arena, bytes).directories) {
    names.emplace_back(each);
  }
  return names;
}

#define BYTES(text) std::string_view(text, sizeof(text) - 1)

TEST(LinkerDefaults, AreTheDirectoriesThatStandTogether) {
  EXPECT_EQ(directories_in(BYTES("\1\2/lib/\0\3\3/lib/x/\0/usr/lib/x/\0/lib/\0\0/var/tmp\0")),
            (std::vector<std::string>{"/lib/x", "/usr/lib/x", "/lib"}));
  EXPECT_EQ(directories_in(BYTES("\0/store/glibc-2.35/lib/\0/proc/self/exe\0")),
            (std::vector<std::string>{"/store/glibc-2.35/lib"}));
}

TEST(LinkerDefaults, NothingIsFoundInOtherFiles) {
  EXPECT_TRUE(directories_in("").empty());
  EXPECT_TRUE(directories_in(BYTES("/etc/\0/\0lib/\0")).empty());
}

TEST(LinkerDefaults, TheCacheIsAFileOfThatName) {
  Arena arena;
  EXPECT_EQ(defaults_of_linker(arena, BYTES("\1/etc/ld.so.cache\0")).cache, "/etc/ld.so.cache");
  EXPECT_EQ(defaults_of_linker(arena, BYTES("Do not use /etc/ld.so.cache\n\0")).cache, "");
  EXPECT_EQ(defaults_of_linker(arena, BYTES("\0/gnu/store/x/etc/ld.so.cache\0")).cache,
            "/gnu/store/x/etc/ld.so.cache");
}

}  // namespace
}  // namespace bulkhead::resolve
