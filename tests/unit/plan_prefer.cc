#include "copies/prefer.h"

#include <gtest/gtest.h>

#include <vector>

#include "plan_case.h"

namespace bulkhead::plan {
namespace {

std::string_view side(std::vector<std::string_view> all, std::string_view library,
                      std::string_view profile = {}) {
  return copies::preference_for(all, library, profile);
}

TEST(preference_for, the_nearest_word_counts_and_of_these_the_last) {
  EXPECT_EQ(side({}, "libX11.so.6", "gl"), "");
  EXPECT_EQ(side({"newer"}, "libX11.so.6"), "newer");
  EXPECT_EQ(side({"newer", "gl=tree"}, "libX11.so.6", "gl"), "tree");
  EXPECT_EQ(side({"libX11.so.6=base", "newer", "gl=tree"}, "libX11.so.6", "gl"), "base");
  EXPECT_EQ(side({"gl=tree"}, "libfoo.so.1"), "");
  EXPECT_EQ(side({"tree", "base", "tree"}, "libfoo.so.1"), "tree");
}

constexpr const char* kBoth = R"(
    base program needs libwidget.so.1 libdisplay.so.1 imports open@V1/libdisplay.so.1
    base libdisplay.so.1 exports open@V1
    tree libwidget.so.1 needs libdisplay.so.1 imports open@V1/libdisplay.so.1
    tree libdisplay.so.1 exports open@V1)";

TEST(prefer, the_bases_copy_is_the_default) {
  Case both(kBoth);
  EXPECT_EQ(both.expose({"libwidget.so.1"}).roles()["libdisplay.so.1"], "shared");
  EXPECT_EQ(both.prefer({"base"}).roles()["libdisplay.so.1"], "shared");
  EXPECT_EQ(both.prefer({"newer"}).roles()["libdisplay.so.1"], "shared");
}

TEST(prefer, the_trees_copy_serves_the_program) {
  Case both(kBoth);
  both.expose({"libwidget.so.1"}).prefer({"libdisplay.so.1=tree"});
  EXPECT_EQ(both.roles()["libdisplay.so.1"], "exposed");
  EXPECT_NE(both.text().find("--prefer says the tree's, and it has all 1 symbols"),
            std::string::npos)
      << both.text();
}

TEST(prefer, a_copy_that_lacks_what_the_other_side_imports_is_not_taken) {
  Case both(R"(
      base program needs libwidget.so.1 libdisplay.so.1 imports own@V2/libdisplay.so.1
      base libdisplay.so.1 exports open@V1 own@V2
      tree libwidget.so.1 needs libdisplay.so.1 imports open@V1/libdisplay.so.1
      tree libdisplay.so.1 exports open@V1)");
  both.expose({"libwidget.so.1"}).prefer({"tree"});
  EXPECT_EQ(both.roles()["libdisplay.so.1"], "shared");
  EXPECT_NE(both.text().find("but it lacks own@V2 (for program)"), std::string::npos)
      << both.text();
}

TEST(prefer, what_this_system_lacks_and_the_program_needs_is_the_trees) {
  Case lacking(R"(
      base program needs libwidget.so.1 libdisplay.so.1 imports open@V1/libdisplay.so.1
      tree libwidget.so.1 needs libdisplay.so.1 imports open@V1/libdisplay.so.1
      tree libdisplay.so.1 exports open@V1)");
  EXPECT_EQ(lacking.expose({"libwidget.so.1"}).roles()["libdisplay.so.1"], "exposed");
}

}  // namespace
}  // namespace bulkhead::plan
