// Whether a single library fits this system's glibc, as doctor asks. Graphs are written as text, as
// plan_case.h says.
#include "doctor/fit.h"

#include <gtest/gtest.h>

#include "plan_case.h"

namespace bulkhead::doctor {
namespace {

using plan::Case;
using plan::kNewBase;
using plan::kOldBase;
using plan::Offer;

struct Answer {
  Grade grade;
  std::string obstacles, notes;
};

Answer fit(const char* base, const std::string& tree) {
  Case given(base + tree);
  Offer offer(given.arena(), given.graphs().base, given.graphs().compat);
  Fit fit = fit_of(given.arena(), *given.graphs().tree.find("liba.so.1"), offer);
  Answer answer{fit.grade, "", ""};
  for (std::string_view text : fit.obstacles) answer.obstacles += std::string(text) + ";";
  for (std::string_view text : fit.notes) answer.notes += std::string(text) + ";";
  return answer;
}

TEST(Fit, GradesAreByWhoHasTheSymbols) {
  const std::string tree = "tree liba.so.1 needs libc.so.6 imports ";
  EXPECT_EQ(fit(kNewBase, tree + "strlen@GLIBC_2.2.5/libc.so.6").grade, Grade::as_it_is);
  EXPECT_EQ(fit(kNewBase, tree + "arc4random@GLIBC_2.36/libc.so.6").grade, Grade::as_it_is);
  EXPECT_EQ(fit(kOldBase, tree + "arc4random@GLIBC_2.36/libc.so.6").grade, Grade::with_compat);
  EXPECT_EQ(fit(kOldBase, tree + "gone@GLIBC_2.39/libc.so.6").grade, Grade::cannot);
  EXPECT_EQ(fit(kOldBase, tree + "gone@GLIBC_2.39/libc.so.6?").grade, Grade::as_it_is);
  // Without a version it may be another library's.
  EXPECT_EQ(fit(kOldBase, tree + "anything").grade, Grade::as_it_is);
}

TEST(Fit, ObstaclesSayWhat) {
  const std::string tree = "tree liba.so.1 needs libc.so.6 ";
  EXPECT_EQ(fit(kNewBase, tree + "libnsl.so.1").obstacles,
            "needs libnsl.so.1, which is shared with the program and not on this system;");
  EXPECT_NE(
      fit(kNewBase, tree + "imports errno@GLIBC_PRIVATE/libc.so.6").obstacles.find("thread-local"),
      std::string::npos);
  EXPECT_NE(fit(kOldBase, tree + "packed_static_tls").obstacles.find("DT_RELR"), std::string::npos);
  EXPECT_EQ(fit(kNewBase, tree + "packed_static_tls").obstacles, "");
  EXPECT_NE(fit(kNewBase, tree + "requires GLIBC_2.99/libc.so.6").obstacles.find("GLIBC_2.99"),
            std::string::npos);
  // Four symbols are not told one by one.
  EXPECT_NE(fit(kNewBase, tree + "imports a@X/libc.so.6 b@X/libc.so.6 c@X/libc.so.6 d@X/libc.so.6")
                .obstacles.find("imports 1 more such symbol"),
            std::string::npos);
}

TEST(Fit, LibgccsVersionsCountToo) {
  Answer answer = fit(kNewBase, "tree liba.so.1 imports __truncsfbf2@GCC_13.0.0/libgcc_s.so.1");
  EXPECT_EQ(answer.grade, Grade::cannot);
  EXPECT_NE(answer.obstacles.find("nor the tree's"), std::string::npos);
}

TEST(Fit, NotesAreNoObstacles) {
  const char* base = "base libc.so.6 exports __libc_secret@GLIBC_PRIVATE\n";
  Answer answer =
      fit(base, "tree liba.so.1 execstack imports __libc_secret@GLIBC_PRIVATE/libc.so.6");
  EXPECT_EQ(answer.grade, Grade::as_it_is);
  EXPECT_NE(answer.notes.find("GLIBC_PRIVATE"), std::string::npos);
  EXPECT_NE(answer.notes.find("executable stack"), std::string::npos);
}

}  // namespace
}  // namespace bulkhead::doctor
