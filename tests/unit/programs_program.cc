// Of a dynamic linker's command line, which word is the program and which the search path.
#include "programs/program.h"

#include <gtest/gtest.h>

namespace bulkhead::programs {
namespace {

LinkerCommand read(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/lib64/ld-linux-x86-64.so.2");
  return read_linker_command(arguments);
}

TEST(LinkerCommand, ProgramIsTheFirstWordThatIsNoOption) {
  EXPECT_EQ(read({"/bin/true", "--library-path", "x"}).program, 1U);
  EXPECT_EQ(read({"/bin/true", "--library-path", "x"}).library_path, 0U);
  EXPECT_EQ(read({"--inhibit-cache", "/bin/true"}).program, 2U);
  EXPECT_EQ(read({"-x"}).program, 1U);
}

TEST(LinkerCommand, ValuesOfOptionsAreNoPrograms) {
  const LinkerCommand command = read({"--argv0", "name", "--preload", "a.so", "--library-path",
                                      "/one:/two", "--list", "/bin/true", "argument"});
  EXPECT_EQ(command.library_path, 6U);
  EXPECT_EQ(command.program, 8U);
}

TEST(LinkerCommand, LastLibraryPathCounts) {
  EXPECT_EQ(read({"--library-path", "a", "--library-path", "b", "./p"}).library_path, 4U);
}

TEST(LinkerCommand, WithoutProgramThereIsNone) {
  EXPECT_EQ(read({}).program, 0U);
  EXPECT_EQ(read({"--version"}).program, 0U);
  EXPECT_EQ(read({"--library-path"}).program, 0U);
  EXPECT_EQ(read({"--library-path", "a"}).program, 0U);
}

}  // namespace
}  // namespace bulkhead::programs
