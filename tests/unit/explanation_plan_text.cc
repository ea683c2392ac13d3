// What `bulkhead explain` prints of a plan and of versions.
#include "explanation/plan_text.h"

#include <gtest/gtest.h>

#include "plan_case.h"

namespace bulkhead::explanation {
namespace {

TEST(PlanText, LibrariesAreATable) {
  plan::Case given("base program needs liba.so.1\n tree liba.so.1");
  EXPECT_EQ(describe(*given.expose({"liba.so.1"}).plan()),
            "TREE is /tree\n\n"
            "LIBRARY    ROLE     FILE            REASON\n"
            "liba.so.1  exposed  /lib/liba.so.1  asked for by --expose\n");
}

const plan::CompatSymbol kTable[] = {
    {"strlcpy", "GLIBC_2.38", "reimplemented", "", ""},
    {"arc4random", "GLIBC_2.36", "thin", "", "getrandom"},
};

std::string table(const char* base, const std::string& tree, bool details) {
  plan::Case given(base + tree);
  plan::Plan plan = *given.expose({"liba.so.1"}).plan();
  return describe(plan::needed_versions(given.arena(), given.graphs(), plan, kTable), details);
}

const char* const kUser = R"(
    tree liba.so.1 needs libb.so.1 libc.so.6 imports strlcpy@GLIBC_2.38/libc.so.6 gone@GLIBC_2.39/libc.so.6? requires GLIBC_2.2.5/libc.so.6 GLIBC_2.38/libc.so.6 GLIBC_2.39/libc.so.6
    tree libb.so.1 needs libc.so.6 imports strlcpy@GLIBC_2.38/libc.so.6 requires GLIBC_2.38/libc.so.6 GLIBC_ABI_DT_RELR/libc.so.6)";

TEST(PlanText, TheSummaryNamesWhatTheSystemLacks) {
  EXPECT_EQ(table(plan::kNewBase, kUser, false),
            "\nversions of glibc that the capsule needs:\n"
            "  2 of them: this system's\n"
            "  GLIBC_2.38 libc.so.6  compat: 1 symbol (1 reimplemented)  (liba.so.1 and 1 more)\n"
            "  GLIBC_2.39 libc.so.6  compat: 1 absent, and can be done without  (liba.so.1)\n");
  EXPECT_EQ(table(plan::kNewBase, "tree liba.so.1", false), "");
}

TEST(PlanText, TheDetailsNameEachSymbolAndItsKind) {
  std::string text = table(plan::kOldBase, kUser, true);
  EXPECT_NE(text.find("  GLIBC_2.2.5 libc.so.6        this system's  (liba.so.1)\n"),
            std::string::npos);
  EXPECT_NE(text.find("    strlcpy  reimplemented  (liba.so.1 and 1 more)\n"), std::string::npos);
  EXPECT_NE(text.find("    gone  absent, and can be done without  (liba.so.1)\n"),
            std::string::npos);
  EXPECT_NE(text.find("  GLIBC_ABI_DT_RELR libc.so.6  seen to by bulkhead"), std::string::npos);
  EXPECT_LT(text.find("GLIBC_2.39"), text.find("GLIBC_ABI_DT_RELR"));
}

}  // namespace
}  // namespace bulkhead::explanation
