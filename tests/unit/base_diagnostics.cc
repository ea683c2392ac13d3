// What reaches the user.
#include "base/diagnostics.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "base/arena.h"
#include "child.h"

namespace bulkhead {
namespace {

using testing::in_child;
using testing::Outcome;

TEST(Diagnostics, TopicsAreOffUntilAskedFor) {
  Outcome outcome = in_child([] {
    debug(Topic::resolve, {"not seen"});
    set_debug_topics("resolve, dl");
    debug(Topic::resolve, {"seen ", "once"});
    debug(Topic::plan, {"not seen"});
    debug(Topic::dl, {"seen too"});
    if (!debug_enabled(Topic::dl) || debug_enabled(Topic::bind)) ::_exit(1);
  });
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err.find("not seen"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("] resolve: seen once\n"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("] dl: seen too\n"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("bulkhead["), 0U);
}

TEST(Diagnostics, EveryTopicHasTheNameThatTurnsItOn) {
  constexpr std::pair<const char*, Topic> kTopics[] = {
      {"resolve", Topic::resolve}, {"plan", Topic::plan},     {"image", Topic::image},
      {"open", Topic::open},       {"bind", Topic::bind},     {"dl", Topic::dl},
      {"paths", Topic::paths},     {"compat", Topic::compat},
  };
  for (auto [name, topic] : kTopics) {
    Outcome outcome = in_child([name = name, topic = topic] {
      set_debug_topics(name);
      debug(topic, {"x"});
    });
    EXPECT_TRUE(outcome.err.ends_with("] " + std::string(name) + ": x\n")) << outcome.err;
    outcome = in_child([topic = topic] {
      set_debug_topics("all");
      ::_exit(debug_enabled(topic) ? 0 : 1);
    });
    EXPECT_EQ(outcome.exit_code, 0) << name;
  }
}

TEST(Diagnostics, UnknownTopicsAreReportedAndTheRestIsTaken) {
  Outcome outcome = in_child([] {
    set_debug_topics("reslove,,bind");
    ::_exit(debug_enabled(Topic::bind) && !debug_enabled(Topic::resolve) ? 0 : 1);
  });
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err.find("bulkhead: BULKHEAD_DEBUG: unknown topic \"reslove\"; topics are "),
            0U);
}

TEST(Diagnostics, ALongLineIsCutAndStillOneLine) {
  Outcome outcome = in_child([] { message({std::string(10000, 'x')}); });
  EXPECT_EQ(outcome.err.size(), 4096U);
  EXPECT_EQ(outcome.err.find('\n'), 4095U);
}

TEST(Diagnostics, WritingKeepsErrno) {
  Outcome outcome = in_child([] {
    ::close(2);
    errno = ENOENT;
    message({"nobody reads this"});
    ::_exit(errno == ENOENT ? 0 : 1);
  });
  EXPECT_EQ(outcome.exit_code, 0);
}

TEST(Diagnostics, LastWordsEndWithTheLaunchersStatus) {
  Outcome outcome = in_child([] { fatal("no way on"); });
  EXPECT_EQ(outcome.exit_code, 125);
  EXPECT_EQ(outcome.err, "bulkhead: no way on\n");
}

TEST(Render, SaysWhatWhichWhyAndWhatToDo) {
  Arena arena;
  Error error = {Fault::malformed, 0, "is truncated", "/lib/libz.so.1", "only 3 bytes",
                 "reinstall it"};
  EXPECT_EQ(render(arena, error), "/lib/libz.so.1: is truncated (only 3 bytes); reinstall it");
  EXPECT_EQ(render(arena, {Fault::limit, 0, "too many segments", {}, {}, {}}), "too many segments");
}

TEST(Render, NamesTheSystemsReason) {
  Arena arena;
  EXPECT_EQ(render(arena, {Fault::system, ENOENT, "cannot be opened", "/x", {}, {}}),
            "/x: cannot be opened: no such file or directory");
  EXPECT_EQ(render(arena, {Fault::system, 4095, "cannot be opened", "/x", {}, {}}),
            "/x: cannot be opened: system error 4095");
}

TEST(Result, AnErrorKeepsTheFileItKnew) {
  Error known = fail(Fault::missing, "is not there", "/a").error();
  EXPECT_EQ(about(known, "/b").error().subject, "/a");
  Error unknown = fail(Fault::missing, "is not there").error();
  EXPECT_EQ(about(unknown, "/b").error().subject, "/b");
  EXPECT_EQ(fail_system(EACCES, "cannot be read").error().number, EACCES);
}

}  // namespace
}  // namespace bulkhead
