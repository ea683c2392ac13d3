// What glibc's versions mean for a plan: who has them, and what is said when nobody
// does. Graphs are written as text, as plan_case.h says.
#include "plan/versions.h"

#include <gtest/gtest.h>

#include "plan_case.h"

namespace bulkhead::plan {
namespace {

std::string lacks(const char* base, const std::string& tree) {
  return Case(base + tree).expose({"liba.so.1"}).roles()["lacks"];
}

std::string text(const char* base, const std::string& tree) {
  return Case(base + tree).expose({"liba.so.1"}).text();
}

TEST(Versions, AVersionWithoutAnySymbolOfItCounts) {
  EXPECT_EQ(lacks(kNewBase, "tree liba.so.1 needs libc.so.6 requires GLIBC_2.36/libc.so.6"), "");
  EXPECT_EQ(lacks(kNewBase, "tree liba.so.1 needs libc.so.6 requires GLIBC_2.99/libc.so.6"),
            "version GLIBC_2.99;");
  EXPECT_EQ(lacks(kNewBase, "tree liba.so.1 needs libc.so.6 requires GLIBC_2.99/libc.so.6?"), "");
}

TEST(Versions, MirrorsDefineThoseThatCompatStandsUnder) {
  EXPECT_EQ(lacks(kOldBase, "tree liba.so.1 needs libc.so.6 requires GLIBC_2.32/libc.so.6"), "");
  EXPECT_EQ(lacks(kOldBase, "tree liba.so.1 needs libc.so.6 requires GLIBC_2.44/libc.so.6"), "");
  EXPECT_EQ(lacks(kOldBase, "tree liba.so.1 needs libc.so.6 requires GLIBC_2.45/libc.so.6"),
            "version GLIBC_2.45;");
}

TEST(Versions, TheFileThatAVersionIsExpectedInMustDefineIt) {
  // libc.so.6's does not help: ld.so looks into libm.so.6.
  EXPECT_EQ(lacks(kNewBase, "tree liba.so.1 needs libm.so.6 requires GLIBC_2.2.5/libm.so.6"), "");
  EXPECT_EQ(lacks(kNewBase, "tree liba.so.1 needs libm.so.6 requires GLIBC_2.31/libm.so.6"),
            "version GLIBC_2.31;");
}

TEST(Versions, ThoseOfTheTreesOwnLibrariesCountToo) {
  const std::string tree =
      "\n tree libb.so.1 exports b@B_1\n tree liba.so.1 needs libb.so.1 requires ";
  EXPECT_EQ(lacks(kNewBase, tree + "B_1/libb.so.1"), "");
  EXPECT_EQ(lacks(kNewBase, tree + "B_2/libb.so.1"), "version B_2;");
}

TEST(Versions, ASymbolThatIsNamedNamesItsVersion) {
  EXPECT_EQ(
      lacks(
          kNewBase,
          R"(tree liba.so.1 needs libc.so.6 imports tomorrow@GLIBC_2.99/libc.so.6 requires GLIBC_2.99/libc.so.6)"),
      "tomorrow, version GLIBC_2.99;");
}

TEST(Versions, PackedRelocationsOfStaticTlsNeedADynamicLinkerThatKnowsThem) {
  const std::string marked = "tree liba.so.1 needs libc.so.6 requires GLIBC_ABI_DT_RELR/libc.so.6";
  const std::string tls = "tree liba.so.1 needs libc.so.6 packed_static_tls";
  EXPECT_EQ(lacks(kNewBase, marked), "");
  EXPECT_EQ(lacks(kOldBase, marked), "");
  EXPECT_EQ(lacks(kNewBase, tls), "");
  EXPECT_EQ(lacks(kOldBase, tls), "/lib/liba.so.1;");
  EXPECT_NE(text(kOldBase, tls).find("glibc 2.36"), std::string::npos);
}

TEST(Versions, APartOfGlibcThatTheSystemLacksIsALack) {
  EXPECT_EQ(lacks(kNewBase, "tree liba.so.1 needs libc.so.6 libnsl.so.1"), "libnsl.so.1;");
  EXPECT_EQ(lacks(kNewBase, R"(
    tree liba.so.1 needs libb.so.1
    tree libb.so.1 needs libmvec.so.1 libm.so.6)"),
            "libmvec.so.1;");
  Case plugin(std::string(kNewBase) + "tree liba.so.1\n tree libp.so needs libnsl.so.1");
  EXPECT_EQ(plugin.expose({"liba.so.1"}).plugins({"libp.so"}).roles().count("lacks"), 0U);
  EXPECT_NE(plugin.text().find("libnsl.so.1 is needed by /lib/libp.so"), std::string::npos);
}

TEST(Versions, ThreadLocalDataOfGlibcIsSaidToBeThat) {
  const std::string tree = "tree liba.so.1 needs libc.so.6 imports errno@GLIBC_PRIVATE/libc.so.6";
  EXPECT_EQ(lacks(kNewBase, tree), "errno, version GLIBC_PRIVATE;");
  EXPECT_NE(text(kNewBase, tree).find("thread-local"), std::string::npos);
}

TEST(Versions, AnExecutableStackIsNotedWhereItIsRefused) {
  const std::string tree = "tree liba.so.1 needs libc.so.6 execstack";
  EXPECT_EQ(text(kNewBase, tree).find("executable stack"), std::string::npos);
  const char* newest = R"(
    base program needs liba.so.1 libc.so.6
    base libc.so.6 exports sched_setattr@GLIBC_2.41
  )";
  EXPECT_NE(text(newest, tree).find("executable stack"), std::string::npos);
}

TEST(Versions, WhatTheSystemsLibgccLacksTheTreesHas) {
  const std::string user =
      "tree liba.so.1 needs libgcc_s.so.1 imports __truncsfbf2@GCC_13.0.0/libgcc_s.so.1 "
      "requires GCC_13.0.0/libgcc_s.so.1\n";
  EXPECT_EQ(lacks(kNewBase, user + "tree libgcc_s.so.1 exports __truncsfbf2@GCC_13.0.0"), "");
  EXPECT_EQ(lacks(kNewBase, user + "tree libgcc_s.so.1 exports old@GCC_3.0"),
            "__truncsfbf2, version GCC_13.0.0;");
}

TEST(Versions, OfMarksOnlyThoseThatHoldAreDefined) {
  auto needs = [](const char* base, const std::string& mark) {
    return lacks(base, "tree liba.so.1 needs libc.so.6 requires " + mark + "/libc.so.6");
  };
  EXPECT_EQ(needs(kOldBase, "GLIBC_ABI_GNU2_TLS"), "");
  EXPECT_EQ(needs(kOldBase, "GLIBC_ABI_DT_X86_64_PLT"), "GLIBC_ABI_DT_X86_64_PLT;");
  EXPECT_EQ(needs(kNewBase, "GLIBC_ABI_DT_X86_64_PLT"), "");
  EXPECT_EQ(needs(kNewBase, "GLIBC_ABI_FUTURE"), "version GLIBC_ABI_FUTURE;");
}

}  // namespace
}  // namespace bulkhead::plan
