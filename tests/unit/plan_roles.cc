// Plans: the role of each library, and what is missing. Graphs are written as text, as
// plan_case.h says.
#include <gtest/gtest.h>

#include "plan_case.h"

namespace bulkhead::plan {
namespace {

TEST(Plan, DependenciesArePrivateAndGlibcIsShared) {
  Case given(R"(
    base program needs liba.so.1 libc.so.6
    base libc.so.6
    base libm.so.6
    tree liba.so.1 needs libb.so.1 libc.so.6
    tree libb.so.1 needs libm.so.6 libc.so.6)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles(), (Roles{{"liba.so.1", "exposed"},
                                                        {"libb.so.1", "private"},
                                                        {"libc.so.6", "shared"},
                                                        {"libm.so.6", "shared"}}));
}

TEST(Plan, LibgccIsSharedIfTheSystemHasIt) {
  const char* tree =
      "tree liba.so.1 needs libgcc_s.so.1\n tree libgcc_s.so.1\n base program needs liba.so.1\n";
  EXPECT_EQ(Case(std::string(tree) + "base libgcc_s.so.1").expose({"liba.so.1"}).roles(),
            (Roles{{"liba.so.1", "exposed"}, {"libgcc_s.so.1", "shared"}}));
  Case without{tree};
  EXPECT_EQ(without.expose({"liba.so.1"}).roles(),
            (Roles{{"liba.so.1", "exposed"}, {"libgcc_s.so.1", "private"}}));
  EXPECT_TRUE(contains(without.plan()->keep_private.view(), "libgcc_s.so.1"));
}

TEST(Plan, WishesWin) {
  const char* text = R"(
    base program needs liba.so.1 libb.so.1
    base libb.so.1 exports b
    base libd.so.1 exports d
    tree liba.so.1 needs libb.so.1 libc2.so.1 libd.so.1
    tree libb.so.1 exports b
    tree libc2.so.1
    tree libd.so.1 exports d)";
  EXPECT_EQ(Case(text).expose({"liba.so.1"}).roles()["libb.so.1"], "shared");
  EXPECT_EQ(Case(text).expose({"liba.so.1"}).keep_private({"libb.so.1"}).roles()["libb.so.1"],
            "private");
  EXPECT_EQ(Case(text).expose({"liba.so.1", "libb.so.1"}).roles()["libb.so.1"], "exposed");
  EXPECT_EQ(Case(text).expose({"liba.so.1"}).roles()["libd.so.1"], "private");
  EXPECT_EQ(Case(text).expose({"liba.so.1"}).share({"libd.so.1"}).roles()["libd.so.1"], "shared");
}

TEST(Plan, WishesThatExcludeEachOtherAreErrors) {
  const char* text = "tree liba.so.1\n base program";
  EXPECT_FALSE(Case(text).expose({"liba.so.1"}).keep_private({"liba.so.1"}).plan());
  EXPECT_FALSE(Case(text).expose({"liba.so.1"}).share({"liba.so.1"}).plan());
  EXPECT_FALSE(Case(text).expose({"liba.so.1", "libc.so.6"}).plan());
  EXPECT_FALSE(Case(text).expose({"liba.so.1"}).keep_private({"libpthread.so.0"}).plan());
  EXPECT_TRUE(Case(text).expose({"liba.so.1"}).share({"libc.so.6"}).plan());
}

TEST(Plan, SharingWhatTheSystemLacksIsALack) {
  Case given("tree liba.so.1\n base program");
  EXPECT_EQ(given.expose({"liba.so.1"}).share({"libx.so.1"}).roles()["lacks"], "libx.so.1;");
}

TEST(Plan, UniqueLibrariesAreShared) {
  Case given(R"(
    base program needs liba.so.1
    base libone.so.1
    tree liba.so.1 needs libone.so.1 libtwo.so.1
    tree libone.so.1 unique
    tree libtwo.so.1 unique)");
  Roles roles = given.expose({"liba.so.1"}).roles();
  EXPECT_EQ(roles["libone.so.1"], "shared");
  EXPECT_EQ(roles["libtwo.so.1"], "private");  // there is none to share
}

// The boundary: who can serve both sides?
const char* const kBoundary = R"(
    base program needs liba.so.1 libx.so.1 imports old@X_1/libx.so.1
    tree liba.so.1 needs libx.so.1 imports new@X_2/libx.so.1
)";

TEST(Plan, FoundBoundaryIsSharedIfTheBasesCopyHasEverything) {
  Case given(std::string(kBoundary) + R"(
    base libx.so.1 exports old@X_1 new@X_2
    tree libx.so.1 exports old@X_1 new@X_2)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["libx.so.1"], "shared");
  EXPECT_TRUE(contains(given.plan()->share.view(), "libx.so.1"));
}

TEST(Plan, ThreadLocalVariablesCountAsOthersDo) {
  Case shared(std::string(kBoundary) + R"(
    base libx.so.1 exports old@X_1! new@X_2!
    tree libx.so.1 exports old@X_1! new@X_2!)");
  EXPECT_EQ(shared.expose({"liba.so.1"}).roles()["libx.so.1"], "shared");
  Case exposed(std::string(kBoundary) + R"(
    base libc.so.6
    base libx.so.1 exports old@X_1!
    tree libx.so.1 exports old@X_1! new@X_2!)");
  EXPECT_EQ(exposed.expose({"liba.so.1"}).roles()["libx.so.1"], "exposed");
  EXPECT_TRUE(exposed.plan()->lacks.empty());
  Case unversioned(R"(
    base program needs liba.so.1
    base libc.so.6
    base libx.so.1 exports each!
    tree liba.so.1 needs libx.so.1 imports each
    tree libx.so.1 exports each!)");
  EXPECT_TRUE(unversioned.expose({"liba.so.1"}).share({"libx.so.1"}).plan()->lacks.empty());
}

TEST(Plan, FoundBoundaryIsExposedIfOnlyTheTreesCopyHasEverything) {
  Case given(std::string(kBoundary) + R"(
    base libx.so.1 exports old@X_1
    tree libx.so.1 exports old@X_1 new@X_2)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["libx.so.1"], "exposed");
  EXPECT_TRUE(contains(given.plan()->expose.view(), "libx.so.1"));
}

TEST(Plan, FoundBoundaryIsPrivateWithANoteIfNeitherCopyHasEverything) {
  Case given(std::string(kBoundary) + R"(
    base libx.so.1 exports old@X_1
    tree libx.so.1 exports new@X_2)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["libx.so.1"], "private");
  EXPECT_NE(given.text().find("neither copy of libx.so.1"), std::string::npos);
}

TEST(Plan, ImportsWithoutVersionsCountIfTheTreesCopyHasThem) {
  const char* text = R"(
    base program needs liba.so.1 libx.so.1
    base libx.so.1 exports one
    tree liba.so.1 needs libx.so.1 imports one two other
    tree libx.so.1 exports one two
    base libc.so.6
    base libm.so.6 exports other)";
  EXPECT_EQ(Case(text).expose({"liba.so.1"}).roles()["libx.so.1"], "exposed");  // two
}

TEST(Plan, WeakImportsDecideNothing) {
  Case given(R"(
    base program needs liba.so.1 libx.so.1
    base libx.so.1 exports one
    tree liba.so.1 needs libx.so.1 imports one two?
    tree libx.so.1 exports one two)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["libx.so.1"], "shared");
}

TEST(Plan, TheProgramsUseOfALibraryDeepBelowIsNotFound) {
  Case given(R"(
    base program needs liba.so.1 libown.so.1
    base libown.so.1 needs libx.so.1
    base libx.so.1
    tree liba.so.1 needs libx.so.1
    tree libx.so.1)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["libx.so.1"], "private");
}

TEST(Plan, ALibraryThatUsesTheExposedOneIsAsGoodAsTheProgram) {
  Case given(R"(
    base program needs libown.so.1
    base libown.so.1 needs libx.so.1 liba.so.1
    base libx.so.1
    tree liba.so.1 needs libx.so.1
    tree libx.so.1)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["libx.so.1"], "shared");
}

TEST(Plan, LibstdcxxIsNeverFound) {
  Case given(R"(
    base program needs liba.so.1 libstdc++.so.6
    base libstdc++.so.6
    tree liba.so.1 needs libstdc++.so.6
    tree libstdc++.so.6)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["libstdc++.so.6"], "private");
  EXPECT_EQ(given.share({"libstdc++.so.6"}).roles()["libstdc++.so.6"], "shared");
}

TEST(Plan, WhatASharedLibraryNeedsIsSharedWithIt) {
  Case given(R"(
    base program needs liba.so.1 libX.so.6
    base libX.so.6 needs libxcb.so.1 libXau.so.6
    base libxcb.so.1
    base libXau.so.6
    tree liba.so.1 needs libX.so.6 libglx.so.1
    tree libglx.so.1 needs libxcb.so.1
    tree libX.so.6 needs libxcb.so.1 libXau.so.6
    tree libxcb.so.1
    tree libXau.so.6)");
  // libXau is only needed by the tree's libX, which is not loaded; a plugin may need it.
  EXPECT_EQ(given.expose({"liba.so.1"}).roles(), (Roles{{"liba.so.1", "exposed"},
                                                        {"libX.so.6", "shared"},
                                                        {"libXau.so.6", "shared+later"},
                                                        {"libglx.so.1", "private"},
                                                        {"libxcb.so.1", "shared"}}));
}

const char* const kGl = R"(
    base program needs libGL.so.1 libX11.so.6
    base libX11.so.6 needs libxcb.so.1 exports XOpenDisplay
    base libxcb.so.1 exports xcb_connect
    base libX11-xcb.so.1 exports XGetXCBConnection
    base libwayland-client.so.0 exports wl_old
    tree libGL.so.1 needs libGLX.so.0 libGLdispatch.so.0 libX11.so.6 imports XOpenDisplay
    tree libGLX.so.0 needs libGLdispatch.so.0
    tree libGLdispatch.so.0
    tree libEGL.so.1 needs libGLdispatch.so.0
    tree libX11.so.6 needs libxcb.so.1 exports XOpenDisplay
    tree libxcb.so.1 exports xcb_connect
    tree libX11-xcb.so.1 exports XGetXCBConnection
    tree libwayland-client.so.0 exports wl_old wl_new
    tree libGLX_mesa.so.0 needs libxcb.so.1 libdrm.so.2 imports xcb_connect
    tree libdrm.so.2
    tree libvulkan.so.1)";

// GTK of a newer release: the base's libgobject, if it were shared, would have to be initialised
// before the capsule is opened, and calls libglib, which is in it. Whichever is decided first.
TEST(Plan, WhatNeedsAnExposedLibraryIsNotShared) {
  const std::string glib = "tree libglib.so.0 exports old@G_1 new@G_2\n";
  const std::string gobject = "tree libgobject.so.0 needs libglib.so.0 exports object@G_1\n";
  for (const std::string& tree : {glib + gobject, gobject + glib}) {
    Case given(tree + R"(
      base program needs libgtk.so.3 libgobject.so.0 libglib.so.0 imports object@G_1/libgobject.so.0
      base libgobject.so.0 needs libbetween.so.1 exports object@G_1
      base libbetween.so.1 needs libglib.so.0
      base libglib.so.0 exports old@G_1
      tree libgtk.so.3 needs libgobject.so.0 libglib.so.0 imports new@G_2/libglib.so.0)");
    EXPECT_EQ(given.expose({"libgtk.so.3"}).roles(), (Roles{{"libgtk.so.3", "exposed"},
                                                            {"libgobject.so.0", "exposed"},
                                                            {"libglib.so.0", "exposed"}}));
    EXPECT_NE(given.text().find("the base's copy needs libglib.so.0, which is exposed"),
              std::string::npos);
  }
}

constexpr const char* kBrought = R"(
    tree libtop.so.1 needs libshared.so.1 libc.so.6 imports shared brought
    tree libshared.so.1 needs libc.so.6 exports shared
    base program needs libtop.so.1 libc.so.6
    base libshared.so.1 needs libbrought.so.1 libc.so.6 exports shared
    base libbrought.so.1 needs libc.so.6 exports brought
    base libc.so.6
)";

TEST(Plan, AStrictCapsuleIsGivenNothingThatIsNotListed) {
  EXPECT_EQ(Case(kBrought).expose({"libtop.so.1"}).share({"libshared.so.1"}).roles()["lacks"], "");
  Case strict(kBrought);
  strict.expose({"libtop.so.1"}).share({"libshared.so.1"}).strict();
  EXPECT_EQ(strict.roles()["lacks"], "brought;");
  EXPECT_NE(strict.text().find("--share libbrought.so.1"), std::string::npos) << strict.text();
  Case listed(kBrought);
  listed.expose({"libtop.so.1"}).share({"libshared.so.1", "libbrought.so.1"}).strict();
  EXPECT_EQ(listed.roles()["lacks"], "");
}

TEST(Plan, OneOfTheGlFamilyBringsTheWholeFamily) {
  Roles roles = Case(kGl).expose({"libGL.so.1"}).plugins({"libGLX_mesa.so.0"}).roles();
  EXPECT_EQ(roles, (Roles{{"libGL.so.1", "exposed"},
                          {"libGLX.so.0", "exposed"},
                          {"libEGL.so.1", "exposed"},
                          {"libGLdispatch.so.0", "exposed"},
                          {"libX11.so.6", "shared"},
                          {"libGLX_mesa.so.0", "private+later"},
                          {"libxcb.so.1", "shared+later"},
                          {"libdrm.so.2", "private+later"},
                          {"libX11-xcb.so.1", "shared+later"}}));
}

TEST(Plan, AMemberOfTheFamilyMayBeKeptPrivate) {
  Roles roles = Case(kGl).expose({"libGL.so.1"}).keep_private({"libGLX.so.0"}).roles();
  EXPECT_EQ(roles["libGLX.so.0"], "private");
  EXPECT_EQ(roles["libEGL.so.1"], "exposed");
}

TEST(Plan, TheGlProfileExposesVulkanToo) {
  EXPECT_EQ(Case(kGl).profile("gl").roles()["libvulkan.so.1"], "exposed");
  EXPECT_FALSE(Case("tree libz.so.1\n base program").profile("gl").plan());
}

TEST(Plan, BoundaryThatAPluginNeedsIsExposedIfTheBasesIsTooOld) {
  Case given(std::string(kGl) + R"(
    tree libEGL_mesa.so.0 needs libwayland-client.so.0 imports wl_new)");
  Roles roles = given.expose({"libGL.so.1"}).plugins({"libEGL_mesa.so.0"}).roles();
  EXPECT_EQ(roles["libwayland-client.so.0"], "exposed");
}

// Natively each opens libraries for its caller: in its caller's namespace.
TEST(Plan, WhatAProfileHasPrivateIsPrivateThoughBothNeedIt) {
  const std::string both = R"(
    base program needs libGL.so.1 libopener.so.0
    base libopener.so.0
    tree libGL.so.1 needs libopener.so.0
    tree libopener.so.0)";
  EXPECT_EQ(Case(both).profile("gl").roles()["libopener.so.0"], "private");
  EXPECT_EQ(Case(both).expose({"libGL.so.1"}).roles()["libopener.so.0"], "private");
  EXPECT_EQ(Case(both).profile("gl").share({"libopener.so.0"}).roles()["libopener.so.0"], "shared");
}

TEST(Plan, MissingLibraryNamesWhoNeedsIt) {
  Case given(R"(
    base program needs liba.so.1
    base libb.so.1
    tree liba.so.1 needs libb.so.1)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["lacks"], "libb.so.1;");
  EXPECT_NE(given.text().find("needed by /lib/liba.so.1"), std::string::npos);
  EXPECT_EQ(given.share({"libb.so.1"}).roles().count("lacks"), 0U);
}

TEST(Plan, WhatOnlyAPluginMissesIsANote) {
  Case given("base program\n tree liba.so.1\n tree libplugin.so needs libgone.so.1");
  EXPECT_EQ(given.expose({"liba.so.1"}).plugins({"libplugin.so"}).roles().count("lacks"), 0U);
  EXPECT_NE(given.text().find("libgone.so.1 is not in the tree"), std::string::npos);
}

TEST(Plan, WhatOnlyASharedLibraryMissesInTheTreeIsNoLack) {
  Case given(R"(
    base program
    base libx.so.1
    tree liba.so.1 needs libx.so.1
    tree libx.so.1 needs libgone.so.1)");
  EXPECT_EQ(given.expose({"liba.so.1"}).share({"libx.so.1"}).roles().count("lacks"), 0U);
}

TEST(Plan, SymbolsThatNobodyHasAreLacks) {
  const char* text = R"(
    base program
    base libc.so.6 exports strlen@GLIBC_2.2.5
    tree liba.so.1 needs libc.so.6 imports strlen@GLIBC_2.2.5/libc.so.6 strlcpy@GLIBC_2.38/libc.so.6 maybe@GLIBC_2.99/libc.so.6?)";
  EXPECT_EQ(Case(text).expose({"liba.so.1"}).roles()["lacks"], "strlcpy, version GLIBC_2.38;");
  Case given(std::string(text) + "\n compat libbulkhead-compat.so.0 exports strlcpy@GLIBC_2.38");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles().count("lacks"), 0U);
}

TEST(Plan, AnotherFileOfTheScopeMayHaveTheSymbol) {
  // pthread_create@GLIBC_2.34 is asked of libc.so.6, and on older systems compat has it.
  Case given(R"(
    base program
    base libc.so.6
    base libpthread.so.0 exports pthread_create@GLIBC_2.34
    tree liba.so.1 needs libc.so.6 imports pthread_create@GLIBC_2.34/libc.so.6)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles().count("lacks"), 0U);
}

TEST(Plan, TheImportsOfTheProgramMustBeInTheExposedCopy) {
  Case given(R"(
    base program needs liba.so.1 imports new@A_2/liba.so.1 old@A_1/liba.so.1
    base libc.so.6
    tree liba.so.1 exports old@A_1)");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["lacks"], "new, version A_2;");
}

TEST(Plan, CirclesEnd) {
  Case given(R"(
    base program needs liba.so.1 libb.so.1
    base libb.so.1 needs libc2.so.1
    base libc2.so.1 needs libb.so.1
    tree liba.so.1 needs libb.so.1
    tree libb.so.1 needs libc2.so.1 liba.so.1
    tree libc2.so.1 needs libb.so.1)");
  EXPECT_EQ(
      given.expose({"liba.so.1"}).roles(),
      (Roles{{"liba.so.1", "exposed"}, {"libb.so.1", "shared"}, {"libc2.so.1", "shared+later"}}));
}

TEST(Plan, WithoutAProgramNothingIsFound) {
  Case given("base libx.so.1\n tree liba.so.1 needs libx.so.1\n tree libx.so.1");
  EXPECT_EQ(given.expose({"liba.so.1"}).roles()["libx.so.1"], "private");
}

}  // namespace
}  // namespace bulkhead::plan
