// Generated images as files for ld.so.
#include "process/loader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace bulkhead::process {
namespace {

TEST(ImagePath, IsThatOfADescriptorOfAThread) {
  EXPECT_TRUE(is_image_path("/proc/12/task/34/fd/5"));
  EXPECT_TRUE(is_image_path("/proc/12/task/34/fd/.//./5"));
}

TEST(ImagePath, IsNoneOfATreeBelowProc) {
  for (const char* path :
       {"", "/proc/", "/proc/12/root/usr/lib/libz.so.1", "/proc/self/task/34/fd/5", "/proc/12/fd/5",
        "/proc//task/34/fd/5", "/proc/12/task//fd/5", "/proc/12/task/34/root/5", "/proc/12/task/34",
        "/tree/proc/12/task/34/fd/5", "proc/12/task/34/fd/5"}) {
    EXPECT_FALSE(is_image_path(path)) << path;
  }
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(ImageFile, HasItsPiecesAndIsClosedOnExec) {
  Arena arena;
  const std::span<const std::byte> pieces[] = {bytes_of("first "), bytes_of(""),
                                               bytes_of("second")};
  Result<ImageFile> file = ImageFile::make(arena, "label", pieces);
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(is_image_path(file->path()));
  std::string path(file->path());
  std::ifstream stream(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "first second");
  int fd = std::stoi(path.substr(path.rfind('/') + 1));
  EXPECT_GT(fd, 2);
  EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}

// Descriptors come again, paths do not: to ld.so a known path is a library that is loaded.
TEST(ImageFile, HasAPathThatNoneHadBefore) {
  Arena arena;
  std::set<std::string> paths;
  std::set<std::string> descriptors;
  for (int i = 0; i < 300; ++i) {
    const std::span<const std::byte> piece = bytes_of("x");
    Result<ImageFile> file = ImageFile::make(arena, "label", {&piece, 1});
    ASSERT_TRUE(file.has_value());
    std::string path(file->path());
    EXPECT_TRUE(paths.insert(path).second) << path;
    EXPECT_EQ(::access(path.c_str(), R_OK), 0) << path;
    descriptors.insert(path.substr(path.rfind('/')));
  }
  EXPECT_LT(descriptors.size(), paths.size());
}

}  // namespace
}  // namespace bulkhead::process
