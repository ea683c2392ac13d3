#include "settings/profiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "messages/failure.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::settings {
namespace {

std::string mistake_in(const std::string& text) {
  try {
    parse_profile(text, "p", "p.toml");
  } catch (const messages::Failure& failure) {
    return failure.what();
  }
  return "none";
}

TEST(Profiles, AFileSaysAllOfOne) {
  const ProfileFile profile = parse_profile(R"(
description = "things"
choose = true
expose = ["liba.so.1", "libb.so.1"]
family = "libb.so.1"
boundary = ["libc2.so.1"]
plugins = ["libd.so.1", "/usr/$LIB/d/*.so"]
plugin-lists = ["/etc/d/*.list"]
map = ["/usr/share/d"]
[environment]
D_CACHE = "x"
[packages]
debian = ["liba1"]
)",
                                            "p", "p.toml");
  EXPECT_EQ(profile.name, "p");
  EXPECT_EQ(profile.description, "things");
  EXPECT_TRUE(profile.choose);
  EXPECT_EQ(profile.expose, (std::vector<std::string>{"liba.so.1", "libb.so.1"}));
  EXPECT_EQ(profile.family, std::vector<std::string>{"libb.so.1"});
  EXPECT_EQ(profile.plugins.size(), 2U);
  EXPECT_EQ(profile.environment.at("D_CACHE"), "x");
  EXPECT_EQ(profile.packages.at("debian"), std::vector<std::string>{"liba1"});
}

TEST(Profiles, PackagesMayDifferByRelease) {
  const ProfileFile profile = parse_profile(R"(
expose = "liba.so.1"
[packages.debian]
bookworm = ["liba1"]
default = ["liba1t64"]
)",
                                            "p", "p.toml");
  EXPECT_EQ(packages_for(profile, "debian", "bookworm"), std::vector<std::string>{"liba1"});
  EXPECT_EQ(packages_for(profile, "debian", "trixie"), std::vector<std::string>{"liba1t64"});
  EXPECT_TRUE(packages_for(profile, "fedora", "40").empty());
}

TEST(Profiles, MistakesAreNamedByLineAndColumn) {
  const std::map<std::string, std::string> mistakes = {
      {"expose = 3",
       "p.toml:1:10: expose is a number; it must be a string, or an array of strings"},
      {"", "p.toml:1:1: the profile exposes nothing; add a line such as: expose = [\"libz.so.1\"]"},
      {"expose = \"liba.so.1\"\nfamly = []",
       "p.toml:2:1: \"famly\" is not a key of a profile; did you mean \"family\"?"},
      {"expose = \"/usr/lib/liba.so.1\"",
       "p.toml:1:10: \"/usr/lib/liba.so.1\" is a path; write the library's SONAME, such as "
       "libz.so.1"},
      {"expose = \"libc.so.6\"",
       "p.toml:1:10: libc.so.6 is always this system's; leave it out of the profile"},
      {"expose = \"liba.so.1\"\nfamily = \"libb.so.1\"",
       "p.toml:2:10: libb.so.1 is in family and not in expose; add it there"},
      {"expose = \"liba.so.1\"\nboundary = \"liba.so.1\"",
       "p.toml:2:12: liba.so.1 is in boundary and in expose; keep one of them"},
      {"expose = \"liba.so.1\"\nplugins = \"usr/*/a.so\"",
       "p.toml:2:11: \"usr/*/a.so\" is not an absolute path or a SONAME with at most one * in its "
       "last part; write for instance /usr/$LIB/dri/*_dri.so"},
      {"expose = \"liba.so.1\"\nmap = \"share\"",
       "p.toml:2:7: \"share\" is not an absolute path with at most one * in its last part; write "
       "for "
       "instance /usr/$LIB/dri/*_dri.so"},
      {"expose = \"liba.so.1\"\n[environment]\nLD_PRELOAD = \"x\"",
       "p.toml:3:1: \"LD_PRELOAD\" cannot be set by a profile"},
  };
  for (const auto& [text, expected] : mistakes) EXPECT_EQ(mistake_in(text), expected);
}

TEST(Profiles, ThoseOfBulkheadsAreRightAndDoNotOverlap) {
  std::vector<std::string> faults;
  const std::vector<ProfileFile> profiles = all_profiles(faults);
  EXPECT_TRUE(faults.empty()) << faults[0];
  std::set<std::string> names, families;
  for (const ProfileFile& profile : profiles) {
    names.insert(profile.name);
    EXPECT_FALSE(profile.description.empty()) << profile.name;
    EXPECT_FALSE(packages_for(profile, "debian", "trixie").empty()) << profile.name;
    for (const std::string& name : profile.family) {
      EXPECT_TRUE(families.insert(name).second) << name << " is in two families";
    }
  }
  EXPECT_TRUE(names.contains("gl") && names.contains("vulkan"));
}

TEST(Profiles, UnknownOnesBringWhatWasMeant) {
  EXPECT_EQ(no_such_profile("gl"), "");
  EXPECT_EQ(no_such_profile("gll"), "there is no profile \"gll\"; did you mean \"gl\"?");
  EXPECT_EQ(no_such_profile("./none.toml"), "there is no file ./none.toml");
}

}  // namespace
}  // namespace bulkhead::settings
