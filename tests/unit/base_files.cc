// Descriptors and mapped files.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/fd.h"

namespace bulkhead {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

Fd file_with(std::string_view text) {
  Fd file(::memfd_create("test", MFD_CLOEXEC));
  EXPECT_TRUE(write_all(file.get(), as_bytes(text)).has_value());
  return file;
}

TEST(Fd, ClosesOnceAndMoves) {
  int number = -1;
  {
    Fd first = file_with("x");
    number = first.get();
    Fd second = std::move(first);
    EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move): that is the contract
    EXPECT_EQ(second.get(), number);
    Fd third = file_with("y");
    const int replaced = third.get();
    third = std::move(second);
    EXPECT_FALSE(is_open(replaced));
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, ReleasedOnesStayOpen) {
  const int number = file_with("x").release();
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(FileMapping, ShowsTheFile) {
  Fd file = file_with("some text");
  Result<FileMapping> mapping = FileMapping::of(file.get());
  ASSERT_TRUE(mapping.has_value());
  file.reset();
  EXPECT_EQ(mapping->text(), "some text");
  FileMapping moved = std::move(*mapping);
  EXPECT_TRUE(mapping->bytes().empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved.text(), "some text");
}

TEST(FileMapping, LeakedOnesStay) {
  std::span<const std::byte> bytes;
  {
    Fd file = file_with("stays");
    bytes = FileMapping::of(file.get())->leak();
  }
  EXPECT_EQ(bytes.size(), 5U);
  EXPECT_EQ(static_cast<char>(bytes[0]), 's');
  ::munmap(const_cast<std::byte*>(bytes.data()), bytes.size());
}

TEST(FileMapping, AnEmptyFileHasNoBytes) {
  Fd file = file_with("");
  Result<FileMapping> mapping = FileMapping::of(file.get());
  ASSERT_TRUE(mapping.has_value());
  EXPECT_TRUE(mapping->bytes().empty());
}

TEST(FileMapping, OnlyRegularFilesAreMapped) {
  Fd directory(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Result<FileMapping> mapping = FileMapping::of(directory.get());
  ASSERT_FALSE(mapping.has_value());
  EXPECT_EQ(mapping.error().fault, Fault::malformed);
  EXPECT_EQ(mapping.error().what, "is not a regular file");
  mapping = FileMapping::of(-1);
  ASSERT_FALSE(mapping.has_value());
  EXPECT_EQ(mapping.error().number, EBADF);
}

TEST(Status, TellsFilesApart) {
  struct stat root, proc, again;
  ASSERT_EQ(status_of("/", root), 0);
  ASSERT_EQ(status_of("/proc", proc), 0);
  ASSERT_EQ(status_of("/.", again), 0);
  EXPECT_EQ(identity_of(root), identity_of(again));
  EXPECT_NE(identity_of(root), identity_of(proc));
  EXPECT_TRUE(S_ISDIR(root.st_mode));
  EXPECT_EQ(status_of("/no/such/file", root), ENOENT);
  EXPECT_EQ(status_of(-1, root), EBADF);
}

TEST(WriteAll, ReportsTheSystemsReason) {
  Fd reader(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Status status = write_all(reader.get(), as_bytes("x"));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().number, EBADF);
  EXPECT_TRUE(write_all(-1, {}).has_value());
}

}  // namespace
}  // namespace bulkhead
