// The declarative file: what it means, and where it says that something is wrong.
#include "settings/config.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "messages/failure.h"

namespace bulkhead::settings {
namespace {

using messages::Failure;
using messages::kFailed;

std::string fault_of(std::string_view text) {
  try {
    parse_config(text, "c.toml");
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status(), kFailed);
    return failure.what();
  }
  return "no fault";
}

std::vector<std::string> texts(const std::vector<Placed>& values) {
  std::vector<std::string> list;
  for (const Placed& value : values) list.push_back(value.text);
  return list;
}

using Texts = std::vector<std::string>;

constexpr std::string_view kWhole = R"(
on-failure = "native"
inherit = false

[capsule.later-by-name]
tree = "/z"
expose = "libz.so.1"

[capsule.graphics]
tree = "/run/host"
profile = ["gl"]
expose = ["libdecor-0.so.0", "libva.so.2"]
share = ["libX11.so.6"]
private = ["libstdc++.so.6"]
map = ["/usr/share/foo", "/etc/a=/etc/b"]
strict = true
permit = ["/opt/games", "plugins"]
on-failure = "stop"

[program."xterm*"]
capsules = []

[program."/opt/games/*"]
inherit = true
on-failure = "stop"
capsules = ["graphics", "sound"]
capsule.graphics.share = ["libdrm.so.2"]
capsule.sound = { tree = "sound", expose = ["libasound.so.2"] }
)";

TEST(Config, SaysWhatTheFileSays) {
  Config config = parse_config(kWhole, "c.toml");
  EXPECT_EQ(config.on_failure->text, "native");
  EXPECT_EQ(config.inherit, false);
  ASSERT_EQ(config.capsules.size(), 2U);
  EXPECT_EQ(config.capsules[0].name.text, "later-by-name");
  EXPECT_EQ(texts(config.capsules[0].expose), Texts{"libz.so.1"});
  const CapsuleSection& graphics = config.capsules[1];
  EXPECT_EQ(graphics.name.place, "c.toml:9:10");
  EXPECT_EQ(graphics.tree->text, "/run/host");
  EXPECT_EQ(graphics.tree->place, "c.toml:10:8");
  EXPECT_EQ(texts(graphics.profiles), Texts{"gl"});
  EXPECT_EQ(texts(graphics.expose), (Texts{"libdecor-0.so.0", "libva.so.2"}));
  EXPECT_EQ(graphics.expose[1].place, "c.toml:12:30");
  EXPECT_EQ(texts(graphics.share), Texts{"libX11.so.6"});
  EXPECT_EQ(texts(graphics.keep_private), Texts{"libstdc++.so.6"});
  EXPECT_EQ(texts(graphics.map), (Texts{"/usr/share/foo", "/etc/a=/etc/b"}));
  EXPECT_EQ(graphics.strict, true);
  EXPECT_EQ(texts(graphics.permit), (Texts{"/opt/games", "plugins"}));
  EXPECT_EQ(config.capsules[0].strict, std::nullopt);
  EXPECT_EQ(graphics.on_failure->text, "stop");
  ASSERT_EQ(config.programs.size(), 2U);
  EXPECT_EQ(config.programs[0].pattern.text, "xterm*");
  ASSERT_TRUE(config.programs[0].capsules.has_value());
  EXPECT_TRUE(config.programs[0].capsules->empty());
  const ProgramSection& games = config.programs[1];
  EXPECT_EQ(games.inherit, true);
  EXPECT_EQ(games.on_failure->text, "stop");
  EXPECT_EQ(texts(*games.capsules), (Texts{"graphics", "sound"}));
  ASSERT_EQ(games.changes.size(), 2U);
  EXPECT_EQ(texts(games.changes[0].share), Texts{"libdrm.so.2"});
  EXPECT_EQ(games.changes[1].tree->text, "sound");
}

TEST(Config, SectionsAreForProgramsByNameOrByPath) {
  auto matches = [](const char* pattern, const char* path) {
    return is_for_program({.pattern = {pattern, ""}}, path);
  };
  EXPECT_TRUE(matches("glxinfo", "/usr/bin/glxinfo"));
  EXPECT_FALSE(matches("glxinfo", "/usr/bin/glxinfo64"));
  EXPECT_TRUE(matches("glx*", "/usr/bin/glxinfo64"));
  EXPECT_TRUE(matches("/opt/games/*", "/opt/games/deep/inside/game"));
  EXPECT_FALSE(matches("/opt/games/*", "/usr/opt/games/game"));
  EXPECT_FALSE(matches("bin", "/usr/bin/glxinfo"));
}

struct Mistake {
  const char* text;
  const char* says;
};

// Each with a fault of its own; all other lines are well.
constexpr Mistake kMistakes[] = {
    {"", "c.toml:1:1: there is no capsule in it; add a table such as [capsule.host]"},
    {"[capsule.a]\ntree = \"/\nexpose = 1", "c.toml:2:"},
    {"[capsule.a]\ntree = \"/\"\nexposes = \"x\"",
     "c.toml:3:1: \"exposes\" is not a key of a capsule; did you mean \"expose\"?"},
    {"[capsule.a]\ntree = \"/\"\nlibraries = \"x\"",
     "c.toml:3:1: \"libraries\" is not a key of a capsule; there are: tree, expose, profile, "
     "share, private, map, strict, permit, library-path, plugin, on-failure"},
    {"capsules = 1",
     "c.toml:1:1: \"capsules\" is not a key of this file; did you mean \"capsule\"?"},
    {"on_failure = \"stop\"",
     "c.toml:1:1: \"on_failure\" is not a key of this file; did you mean \"on-failure\"?"},
    {"on-failure = \"go\"", "c.toml:1:14: on-failure is \"go\"; it must be \"stop\" or \"native\""},
    {"inherit = \"no\"", "c.toml:1:11: inherit is a string; it must be true or false"},
    {"capsule = 3", "c.toml:1:11: capsule is a number; it must be a table of tables, as "},
    {"[capsule]\na = \"/tree\"",
     "c.toml:2:5: a is a string; it must be a table, with a tree in it"},
    {"[capsule.a]\nexpose = [\"x\"]",
     "c.toml:1:10: the capsule a has no tree; add a line such as: tree = \"/run/host\""},
    {"[capsule.a]\ntree = \"/\"",
     "c.toml:1:10: the capsule a exposes nothing; add a line such as: "},
    {"[capsule.a]\ntree = \"\"", "c.toml:2:8: tree is empty"},
    {"[capsule.a]\ntree = [\"/\"]", "c.toml:2:8: tree is an array; it must be a string"},
    {"[capsule.a]\ntree = \"/\"\nexpose = 7",
     "c.toml:3:10: expose is a number; it must be a string, or an array of strings"},
    {"[capsule.a]\ntree = \"/\"\nexpose = [\"x\",\n  true]",
     "c.toml:4:3: expose is true or false; it must be a string, or an array of strings"},
    {"[capsule.a]\ntree = \"/\"\nexpose = [[\"x\"]]", "c.toml:3:11: expose has an array in it"},
    {"[capsule.a]\ntree = \"/\"\nprofile = \"glx\"",
     "c.toml:3:11: there is no profile \"glx\"; did you mean \"gl\"?"},
    {"[capsule.a]\ntree = \"/\"\nexpose = \"x\"\nmap = [\"/a=b\"]",
     "c.toml:4:8: \"/a=b\" is not FROM or FROM=TO with absolute paths"},
    {"[capsule.a]\ntree = \"/\"\nexpose = [\"x\", \"y\"]\nprivate = [\"y\"]",
     "c.toml:4:12: y is in private, and in expose at c.toml:3:16; keep one of them"},
    {"[capsule.a]\ntree = \"/\"\nexpose = \"x\"\n[capsule.a]\n", "c.toml:4:"},
    {"[capsule.host]\ntree = \"/\"\nexpose = \"x\"\n[program.p]\ncapsules = [\"hots\"]",
     "c.toml:5:13: there is no capsule \"hots\"; did you mean \"host\"?"},
    {"[capsule.host]\ntree = \"/\"\nexpose = \"x\"\n[program.p.capsule.hosts]\nshare = \"y\"",
     "c.toml:4:20: there is no capsule \"hosts\" to change, and this one has no tree; did you mean "
     "\"host\"?"},
    {"[capsule.host]\ntree = \"/\"\nexpose = \"x\"\n[program.p]\nexpose = \"y\"",
     "c.toml:5:1: \"expose\" is not a key of a program; there are: "},
};

TEST(Config, MistakesAreNamedByLineAndColumn) {
  for (const Mistake& mistake : kMistakes) {
    std::string said = fault_of(mistake.text);
    EXPECT_TRUE(said.starts_with(mistake.says)) << mistake.text << "\nsays: " << said;
  }
}

TEST(Config, AFileThatIsNotThereIsNamed) {
  try {
    read_config("/nowhere/c.toml");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("/nowhere/c.toml: cannot be read: No such file"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace bulkhead::settings
