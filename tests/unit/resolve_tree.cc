// Symbolic links below a root, with openat2 and by hand: the same answers.
#include "resolve/tree.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "resolve/search.h"

namespace {

using namespace bulkhead;
namespace fs = std::filesystem;

class Tree : public testing::TestWithParam<bool> {
 protected:
  Tree() {
    std::string pattern = (fs::temp_directory_path() / "bulkhead-tree-XXXXXX").string();
    root_ = fs::canonical(::mkdtemp(pattern.data()));
    fs::create_directories(root_ / "real/deep");
    std::ofstream(root_ / "real/deep/file") << "content";
    link("absolute", "/real");
    link("relative", "real");
    link("up", "../../../../real/deep");
    link("real/back", "../absolute/deep/file");
    link("loop", "loop");
    link("out", root_.string() + "/real");
    Result<resolve::Tree> tree = resolve::Tree::open(arena_, root_.string() + "/");
    EXPECT_TRUE(tree.has_value());
    tree_ = std::move(*tree);
    if (GetParam()) tree_.walk_components();
  }
  ~Tree() override { fs::remove_all(root_); }

  void link(const std::string& name, const std::string& target) {
    fs::create_symlink(target, root_ / name);
  }
  std::string host_path(std::string_view inside) {
    Result<resolve::OpenedFile> file = tree_.open_file(arena_, inside);
    return file ? std::string(file->host_path) : "errno " + std::to_string(file.error().number);
  }
  std::string failed(int number) { return "errno " + std::to_string(number); }
  std::string at(const std::string& name) { return root_.string() + name; }

  Arena arena_;
  fs::path root_;
  resolve::Tree tree_;
};

TEST_P(Tree, FilesByEveryWay) {
  EXPECT_EQ(host_path("/real/deep/file"), at("/real/deep/file"));
  EXPECT_EQ(host_path("/relative/deep/file"), at("/relative/deep/file"));
  EXPECT_EQ(host_path("/absolute/deep/file"), at("/real/deep/file"));
  EXPECT_EQ(host_path("/up/file"), at("/real/deep/file"));
  EXPECT_EQ(host_path("/real/back"), at("/real/deep/file"));
  EXPECT_EQ(host_path("//real/./deep//../deep/file"), at("/real/./deep//../deep/file"));
  EXPECT_EQ(host_path("/../../../real/deep/file"), at("/real/deep/file"));
}

TEST_P(Tree, Failures) {
  EXPECT_EQ(host_path("/none"), failed(ENOENT));
  EXPECT_EQ(host_path("/none/file"), failed(ENOENT));
  EXPECT_EQ(host_path("/real/deep/file/more"), failed(ENOTDIR));
  EXPECT_EQ(host_path("/loop"), failed(ELOOP));
  EXPECT_EQ(host_path("/loop/file"), failed(ELOOP));
  EXPECT_EQ(host_path("/out/deep/file"), failed(ENOENT));
  EXPECT_EQ(host_path("/real/deep"), failed(EISDIR));
  EXPECT_EQ(host_path("/"), failed(EISDIR));
  EXPECT_EQ(host_path("/" + std::string(5000, 'x')), failed(ENAMETOOLONG));
}

TEST_P(Tree, Directories) {
  EXPECT_TRUE(tree_.has_directory("/"));
  EXPECT_TRUE(tree_.has_directory("/absolute/deep/"));
  EXPECT_TRUE(tree_.has_directory("/up"));
  EXPECT_FALSE(tree_.has_directory("/real/deep/file"));
  EXPECT_FALSE(tree_.has_directory("/none"));
  EXPECT_FALSE(tree_.has_directory("/loop"));
  EXPECT_EQ(tree_.reachable_host_path(arena_, "/absolute/deep"), at("/real/deep"));
  EXPECT_EQ(tree_.reachable_host_path(arena_, "/none/x"), at("/none/x"));
}

TEST_P(Tree, Canonical) {
  EXPECT_EQ(tree_.canonical(arena_, "/real/back"), "/real/deep/file");
  EXPECT_EQ(tree_.canonical(arena_, "/up/../../.."), "/");
  EXPECT_EQ(tree_.canonical(arena_, "/none"), "");
}

#ifndef __SANITIZE_ADDRESS__  // its frames are larger
struct SmallThread {
  resolve::Tree* tree;
  Arena* arena;
  std::string_view name;
  bool canonical = false;
  Fault fault = Fault::limit;
};

// The runtime resolves names in threads of the program, some of which have 16 KiB of stack.
TEST_P(Tree, NeedsLittleStack) {
  link("thing", "/absolute/deep/file");
  SmallThread asked{&tree_, &arena_, "/thing"};
  pthread_attr_t attributes;
  pthread_t thread;
  ASSERT_EQ(::pthread_attr_init(&attributes), 0);
  ASSERT_EQ(::pthread_attr_setstacksize(&attributes, 20 << 10), 0);
  auto resolve = [](void* argument) -> void* {
    auto* self = static_cast<SmallThread*>(argument);
    self->canonical = self->tree->canonical(*self->arena, self->name) == "/real/deep/file";
    if (auto searcher = resolve::Searcher::open(*self->arena, *self->tree)) {
      auto found = searcher->find(self->name, {});
      if (!found) self->fault = found.error().fault;
    }
    return nullptr;
  };
  ASSERT_EQ(::pthread_create(&thread, &attributes, resolve, &asked), 0);
  ASSERT_EQ(::pthread_join(thread, nullptr), 0);
  ::pthread_attr_destroy(&attributes);
  EXPECT_TRUE(asked.canonical);
  EXPECT_EQ(asked.fault, Fault::malformed);  // it is found, and is no library
}
#endif

INSTANTIATE_TEST_SUITE_P(Ways, Tree, testing::Bool(),
                         [](const auto& way) { return way.param ? "ByHand" : "WithOpenat2"; });

TEST(TreeOfTheSystem, IsTheSystem) {
  for (const char* name : {"/", "//", "/.", "/./"}) {
    Arena arena;
    Result<resolve::Tree> tree = resolve::Tree::open(arena, name);
    ASSERT_TRUE(tree.has_value());
    EXPECT_TRUE(tree->is_system()) << name;
    Result<resolve::OpenedFile> file = tree->open_file(arena, "/proc/self/exe");
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(file->host_path, "/proc/self/exe");
  }
}

}  // namespace
