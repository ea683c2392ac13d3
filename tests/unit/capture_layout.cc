#include "capture/layout.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace bulkhead::capture {
namespace {

namespace fs = std::filesystem;

TEST(relative_link, absolute_texts_climb_to_the_top) {
  EXPECT_EQ(relative_link("/opt/store/libz.so.1", 2), "../../opt/store/libz.so.1");
  EXPECT_EQ(relative_link("/opt", 0), "opt");
  EXPECT_EQ(relative_link("//opt/", 1), "../opt");
  EXPECT_EQ(relative_link("/", 0), ".");
  EXPECT_EQ(relative_link("/", 2), "../..");
}

TEST(relative_link, relative_texts_stay) {
  EXPECT_EQ(relative_link("libz.so.1.3.1", 3), "libz.so.1.3.1");
  EXPECT_EQ(relative_link("../lib/libz.so.1", 2), "../lib/libz.so.1");
  EXPECT_EQ(relative_link("usr/lib", 0), "usr/lib");
}

TEST(relative_link, nothing_is_above_the_top) {
  EXPECT_EQ(relative_link("../../usr/lib", 0), "usr/lib");
  EXPECT_EQ(relative_link("../../../lib", 2), "../../lib");
  EXPECT_EQ(relative_link("..", 0), ".");
  EXPECT_EQ(relative_link("a/../../b", 1), "a/../../b");
}

class LayoutOfTree : public testing::Test {
 protected:
  LayoutOfTree() {
    char name[] = "/tmp/bulkhead-layout-XXXXXX";
    path_ = ::mkdtemp(name);
    fs::create_directories(path_ / "usr/lib/deep");
    fs::create_directories(path_ / "opt");
    fs::create_symlink("usr/lib", path_ / "lib");
    fs::create_symlink("/opt/real", path_ / "usr/lib/link");
    fs::create_symlink("loop", path_ / "usr/lib/loop");
    fs::create_symlink("/none", path_ / "usr/lib/nowhere");
    std::ofstream(path_ / "opt/real") << "bytes";
    ::link((path_ / "opt/real").c_str(), (path_ / "opt/again").c_str());
    tree_.emplace(*resolve::Tree::open(arena_, path_.native()));
  }
  ~LayoutOfTree() override { fs::remove_all(path_); }

  fs::path path_;
  Arena arena_;
  std::optional<resolve::Tree> tree_;
};

TEST_F(LayoutOfTree, all_that_a_path_leads_through_is_in_it) {
  Layout layout(*tree_);
  EXPECT_EQ(layout.add("/lib/deep/../link").path, "/opt/real");
  std::string all;
  for (const auto& [path, entry] : layout.entries()) {
    all += path + (entry.kind == Entry::Kind::link ? ">" + entry.to : "") + " ";
  }
  EXPECT_EQ(
      all, "/lib>usr/lib /opt /opt/real /usr /usr/lib /usr/lib/deep /usr/lib/link>../../opt/real ");
}

TEST_F(LayoutOfTree, only_what_was_added_is_left_out) {
  Layout layout(*tree_);
  layout.add("/usr/lib/link");
  EXPECT_EQ(layout.remove("/lib/link"), "");  // the copy has no /lib
  EXPECT_EQ(layout.remove("/usr/lib/none"), "");
  EXPECT_EQ(layout.remove("/opt"), "");
  layout.add("/lib/deep");
  EXPECT_EQ(layout.remove("/lib/link"), "/usr/lib/link");
  EXPECT_FALSE(layout.entries().contains("/usr/lib/link"));
  EXPECT_TRUE(layout.entries().contains("/opt/real"));
  EXPECT_EQ(layout.remove("/usr/lib/link"), "");
}

TEST_F(LayoutOfTree, what_leads_nowhere_adds_nothing) {
  Layout layout(*tree_);
  for (const char* path : {"/usr/lib/loop", "/usr/lib/nowhere", "/usr/none", "/opt/real/below"})
    EXPECT_EQ(layout.add(path).path, "") << path;
  EXPECT_TRUE(layout.entries().empty());
}

TEST_F(LayoutOfTree, a_file_with_two_names_has_one_size) {
  Layout layout(*tree_);
  layout.add("/opt/real");
  layout.add("/opt/again");
  EXPECT_EQ(layout.size(), 5U);
}

}  // namespace
}  // namespace bulkhead::capture
