// Where a file lies that a strict capsule is asked to load: judged by the file, not by the text.
#include "resolve/confines.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.h"

namespace {

using namespace bulkhead;
using resolve::Confines;
using Place = Confines::Place;
namespace fs = std::filesystem;

class ConfinesCase : public testing::Test {
 protected:
  ConfinesCase() {
    std::string pattern = (fs::temp_directory_path() / "bulkhead-confines-XXXXXX").string();
    root_ = fs::canonical(::mkdtemp(pattern.data()));
    for (const char* name :
         {"tree/lib", "app/plugins", "app/plugins/deep", "app/plugins-more", "other"}) {
      fs::create_directories(root_ / name);
      std::ofstream(root_ / name / "x.so") << name;
    }
    fs::create_directory_symlink(root_ / "tree", root_ / "alias");
    fs::create_directory_symlink("plugins", root_ / "app/named");
    fs::create_symlink("../../other/x.so", root_ / "app/plugins/out.so");
    fs::create_directory_symlink("../../other", root_ / "app/plugins/out");
    fs::create_symlink(root_ / "tree/lib/x.so", root_ / "other/in.so");
    fs::create_hard_link(root_ / "app/plugins/x.so", root_ / "other/same.so");
  }
  ~ConfinesCase() override { fs::remove_all(root_); }

  std::string at(const std::string& name) const { return root_.string() + "/" + name; }

  Confines::Judgement judge_path(const std::string& path, const std::vector<std::string>& permitted,
                                 const std::string& tree_path) {
    tree_ = std::move(*resolve::Tree::open(arena_, arena_.copy(tree_path)));
    std::vector<std::string_view> views(permitted.begin(), permitted.end());
    Result<Confines> confines = Confines::open(arena_, tree_, views);
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return confines->judge(arena_, path, identity_of(status));
  }
  Place place(const std::string& name, const std::vector<std::string>& permitted = {}) {
    std::vector<std::string> paths;
    for (const std::string& each : permitted) paths.push_back(at(each));
    return judge_path(at(name), paths, at("tree")).place;
  }

  Arena arena_;
  fs::path root_;
  resolve::Tree tree_;
};

TEST_F(ConfinesCase, OfTheTreeByAnyName) {
  for (const char* name :
       {"tree/lib/x.so", "alias/lib/x.so", "other/in.so", "app/../tree/./lib//x.so"}) {
    Confines::Judgement it = judge_path(at(name), {}, at("tree"));
    EXPECT_EQ(it.place, Place::tree) << name;
    EXPECT_EQ(it.inside, "/lib/x.so") << name;
    EXPECT_EQ(judge_path(at(name), {}, at("alias")).place, Place::tree) << name;
  }
}

TEST_F(ConfinesCase, TheTreeIsNearerThanWhatIsPermitted) {
  EXPECT_EQ(place("tree/lib/x.so", {"tree/lib", "tree/lib/x.so", ""}), Place::tree);
}

TEST_F(ConfinesCase, NothingElse) {
  for (const char* name : {"app/plugins/x.so", "other/x.so", "other/same.so"}) {
    EXPECT_EQ(place(name), Place::outside) << name;
  }
}

TEST_F(ConfinesCase, AtOrBelowWhatIsPermitted) {
  for (const char* permitted :
       {"app/plugins", "app/plugins/", "app/named", "app/plugins/../named/.", "app", ""}) {
    EXPECT_EQ(place("app/plugins/x.so", {permitted}), Place::permitted) << permitted;
    EXPECT_EQ(place("app/named/deep/x.so", {permitted}), Place::permitted) << permitted;
  }
  EXPECT_EQ(place("app/plugins/x.so", {"other", "app/plugins/x.so"}), Place::permitted);
  EXPECT_EQ(place("app/plugins/deep/x.so", {"app/plugins/x.so"}), Place::outside);
}

TEST_F(ConfinesCase, NotByTextAlone) {
  EXPECT_EQ(place("app/plugins-more/x.so", {"app/plugins"}), Place::outside);
  EXPECT_EQ(place("app/plugins/../../other/x.so", {"app/plugins"}), Place::outside);
  EXPECT_EQ(place("app/plugins/out.so", {"app/plugins"}), Place::outside);
  EXPECT_EQ(place("app/plugins/out/x.so", {"app/plugins"}), Place::outside);
  EXPECT_EQ(place("app/plugins/out.so", {"app/plugins", "other"}), Place::permitted);
}

TEST_F(ConfinesCase, APermittedFileIsThatFile) {
  EXPECT_EQ(place("other/same.so", {"app/plugins/x.so"}), Place::permitted);
  EXPECT_EQ(place("other/same.so", {"app/plugins"}), Place::outside);
}

TEST_F(ConfinesCase, WhatIsNotThereYet) {
  EXPECT_EQ(place("other/x.so", {"later"}), Place::outside);
  fs::create_directory_symlink("other", root_ / "later");
  EXPECT_EQ(place("other/x.so", {"later"}), Place::permitted);
}

TEST_F(ConfinesCase, NothingWithoutAName) {
  int memory = ::memfd_create("memory", MFD_CLOEXEC);
  ASSERT_GE(memory, 0);
  const std::string path = "/proc/self/fd/" + std::to_string(memory);
  EXPECT_EQ(judge_path(path, {"/"}, "/").place, Place::outside);
  EXPECT_EQ(judge_path(path, {"/"}, at("tree")).place, Place::outside);
  ::close(memory);
  int removed = ::open(at("other/x.so").c_str(), O_RDONLY | O_CLOEXEC);
  fs::remove(root_ / "other/x.so");
  EXPECT_EQ(judge_path("/proc/self/fd/" + std::to_string(removed), {}, "/").place, Place::outside);
  // Another file has the name by now.
  std::ofstream(root_ / "other/x.so") << "another";
  EXPECT_EQ(judge_path("/proc/self/fd/" + std::to_string(removed), {}, "/").place, Place::outside);
  ::close(removed);
  // Nor is what the path leads to another file.
  tree_ = std::move(*resolve::Tree::open(arena_, "/"));
  struct stat status {};
  EXPECT_EQ(::stat(at("app/plugins/x.so").c_str(), &status), 0);
  EXPECT_EQ(Confines::open(arena_, tree_, {})
                ->judge(arena_, arena_.copy(at("other/x.so")), identity_of(status))
                .place,
            Place::outside);
  int kept = ::open(at("app/plugins/x.so").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(judge_path("/proc/self/fd/" + std::to_string(kept), {}, "/").place, Place::tree);
  EXPECT_EQ(judge_path("/proc/self/fd/" + std::to_string(kept), {at("app")}, at("tree")).place,
            Place::permitted);
  ::close(kept);
}

TEST_F(ConfinesCase, ThisSystemIsATree) {
  Confines::Judgement it = judge_path(at("app/named/x.so"), {}, "/");
  EXPECT_EQ(it.place, Place::tree);
  EXPECT_EQ(it.inside, at("app/plugins/x.so"));
}

}  // namespace
