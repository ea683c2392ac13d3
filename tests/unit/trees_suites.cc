// Which suite, and from which sources.
#include "trees/suites.h"

#include <gtest/gtest.h>

#include "messages/failure.h"

namespace bulkhead::trees {
namespace {

const Release kBookworm{"debian", "bookworm"};

std::string lines_of(const std::vector<Source>& sources) {
  std::string text;
  for (const Source& source : sources) text += source.line("K") + "\n";
  return text;
}

TEST(Suites, ReleaseIsRead) {
  const Release release = release_of("NAME=x\nID=debian\nVERSION_CODENAME=\"bookworm\"\n");
  EXPECT_EQ(release.id, "debian");
  EXPECT_EQ(release.codename, "bookworm");
  EXPECT_EQ(release_of("").codename, "");
}

TEST(Suites, NameOfATreeIsASuite) {
  const std::vector<std::string> known = known_suites(kBookworm, "");
  EXPECT_EQ(suite_for("trixie", kBookworm, known).name, "trixie");
  EXPECT_FALSE(suite_for("trixie", kBookworm, known).is_own);
  EXPECT_EQ(suite_for("games", kBookworm, known).name, "bookworm");
  EXPECT_TRUE(suite_for("games", kBookworm, known).is_own);
  EXPECT_THROW(suite_for("trixi", kBookworm, known), messages::Failure);
  EXPECT_THROW(suite_for("bokworm", kBookworm, known), messages::Failure);
}

TEST(Suites, TableOfTheDistributionAddsSome) {
  const std::vector<std::string> known =
      known_suites({"ubuntu", "noble"}, "version,codename,series,created\n6.06,Dapper,dapper,x\n");
  EXPECT_EQ(known, (std::vector<std::string>{"dapper", "noble"}));
}

TEST(Suites, SourcesAreTranslated) {
  const std::vector<Source> sources = translated(
      "http://m/debian bookworm main\n"
      "http://m/debian bookworm main\n"  // for another architecture
      "http://m/debian bookworm contrib\n"
      "http://m/debian bookworm-updates main\n"
      "http://m/debian bookworm-backports main\n"
      "http://s/security stable-security main\n"
      "http://third/party ./ \n"
      "http://third/party trixie main\n",
      kBookworm, "forky");
  EXPECT_EQ(lines_of(sources),
            "deb [signed-by=K] http://m/debian forky main\n"
            "deb [signed-by=K] http://m/debian forky-updates main\n"
            "deb [signed-by=K] http://s/security forky-security main\n");
  EXPECT_TRUE(sources[0].is_main_one);
  EXPECT_FALSE(sources[2].is_main_one);
  EXPECT_TRUE(translated("http://m/x noble main\n", kBookworm, "trixie").empty());
}

}  // namespace
}  // namespace bulkhead::trees
