// ld.so.conf, read from a tree made for the test.
#include "resolve/ld_conf.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/diagnostics.h"

namespace {

using namespace bulkhead;
namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

class LdConf : public testing::Test {
 protected:
  LdConf() {
    std::string pattern = (fs::temp_directory_path() / "bulkhead-conf-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~LdConf() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& content) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << content;
  }

  void read() {
    Arena arena;
    Result<resolve::Tree> tree = resolve::Tree::open(arena, root_.string());
    ASSERT_TRUE(tree.has_value());
    Result<resolve::LdConf> read = resolve::read_ld_conf(arena, *tree);
    fault_ = read ? std::string() : std::string(render(arena, read.error()));
    if (!read) return;
    const resolve::LdConf& conf = *read;
    directories_.assign(conf.directories.begin(), conf.directories.end());
    sources_.assign(conf.sources.begin(), conf.sources.end());
  }

  fs::path root_;
  Strings directories_, sources_;
  std::string fault_;
};

TEST_F(LdConf, NoneIsNothing) {
  read();
  EXPECT_TRUE(directories_.empty());
  EXPECT_TRUE(sources_.empty());
}

TEST_F(LdConf, LinesAndComments) {
  write("etc/ld.so.conf",
        "\n#\n/a\n\t/b/ # c\n/a\n/d//\r\nrelative\n/e=libc5\nincludes\n/f g\nhwcap 1 x\n/last");
  read();
  EXPECT_EQ(directories_, (Strings{"/a", "/b", "/d", "/e", "/f g", "/last"}));
}

TEST_F(LdConf, IncludesAreSortedAndRelativeToTheFile) {
  write("etc/ld.so.conf", "/first\ninclude ld.so.conf.d/*.conf\n/after\n");
  write("etc/ld.so.conf.d/b.conf", "/b\ninclude sub/x\n");
  write("etc/ld.so.conf.d/a.conf", "/a");
  write("etc/ld.so.conf.d/B.conf", "/B");
  write("etc/ld.so.conf.d/sub/x", "/x\n");
  read();
  EXPECT_EQ(directories_, (Strings{"/first", "/B", "/a", "/b", "/x", "/after"}));
  EXPECT_EQ(sources_, (Strings{"/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.conf.d/B.conf",
                               "/etc/ld.so.conf.d/a.conf", "/etc/ld.so.conf.d/b.conf",
                               "/etc/ld.so.conf.d/sub/x"}));
}

TEST_F(LdConf, WildcardsInDirectories) {
  write("etc/ld.so.conf", "include /opt/*/conf.d/[ab].conf /opt/none/*.conf\n");
  write("opt/y/conf.d/a.conf", "/ya\n");
  write("opt/x/conf.d/b.conf", "/xb\n");
  write("opt/x/conf.d/c.conf", "/xc\n");
  write("opt/z", "no directory\n");
  read();
  EXPECT_EQ(directories_, (Strings{"/xb", "/ya"}));
}

TEST_F(LdConf, ManyFilesInADirectory) {
  write("etc/ld.so.conf", "include ld.so.conf.d/*\n");
  Strings expected;
  for (int i = 100; i < 700; ++i) {  // more than one getdents64 returns
    std::string name = "file-with-a-rather-long-name-" + std::to_string(i);
    write("etc/ld.so.conf.d/" + name, "/d" + std::to_string(i));
    expected.push_back("/d" + std::to_string(i));
  }
  read();
  EXPECT_EQ(directories_, expected);
}

// Links to where they came from: the pattern has 20^8 answers.
TEST_F(LdConf, PatternsWithoutEndAreRefused) {
  write("etc/ld.so.conf", "include /g/*/*/*/*/*/*/*/*.conf\n/after\n");
  fs::create_directories(root_ / "g");
  for (int i = 0; i < 20; ++i) fs::create_symlink("/g", root_ / "g" / std::to_string(i));
  read();
  EXPECT_NE(fault_.find("absurd number of"), std::string::npos) << fault_;
}

TEST_F(LdConf, AbsurdlyLargeFilesAreRefused) {
  write("etc/ld.so.conf", "/a\n");
  fs::resize_file(root_ / "etc/ld.so.conf", 8ULL << 30U);
  read();
  EXPECT_NE(fault_.find("/etc/ld.so.conf: is absurdly large"), std::string::npos) << fault_;
}

TEST_F(LdConf, AbsurdNumbersAreRefused) {
  std::string text;
  for (int i = 0; i < 1024; ++i) text += "/d" + std::to_string(i) + "\n";
  write("etc/ld.so.conf", text);
  read();
  EXPECT_EQ(fault_, "");
  EXPECT_EQ(directories_.size(), 1024U);
  write("etc/ld.so.conf", text + "/one/more\n");
  read();
  EXPECT_NE(fault_.find("/one/more: is one of an absurd number"), std::string::npos) << fault_;
}

TEST_F(LdConf, CirclesEnd) {
  write("etc/ld.so.conf", "/a\ninclude *.conf\ninclude ld.so.conf\n/b\n");
  read();
  EXPECT_EQ(directories_, (Strings{"/a", "/b"}));
}

}  // namespace
