// The record of a capsule: its parts keep what they are told, and say so to every thread.
#include <gtest/gtest.h>

#include <thread>

#include "capsule/capsule.h"
#include "capsule/hook_entries.h"

namespace bulkhead::capsule {
namespace {

link_map* some_object(unsigned number) {
  static link_map objects[8];
  return objects + number;
}

TEST(CapsuleNamespace, IsUnknownUntilItIsPublished) {
  Namespace space;
  EXPECT_FALSE(space.is_open());
  EXPECT_EQ(space.id(), LM_ID_NEWLM);
  space.publish(some_object(0), 3);
  EXPECT_EQ(space.root(), some_object(0));
  EXPECT_EQ(space.id(), 3);
}

TEST(CapsuleNamespace, AdoptedHasANumberBeforeItIsOpen) {
  Namespace space;
  space.adopt(5);
  EXPECT_FALSE(space.is_open());
  EXPECT_EQ(space.id(), 5);
}

TEST(CapsuleNamespace, OnlyTheOpeningThreadSeesThatItIsOpened) {
  Namespace space;
  EXPECT_FALSE(space.is_opened_by_this_thread());
  space.begin_opening("/proc/1/fd/7");
  EXPECT_TRUE(space.is_opened_by_this_thread());
  EXPECT_EQ(space.manifest(), "/proc/1/fd/7");
  std::thread([&] { EXPECT_FALSE(space.is_opened_by_this_thread()); }).join();
  space.end_opening();
  EXPECT_FALSE(space.is_opened_by_this_thread());
}

// A root that is seen comes with its number.
TEST(CapsuleNamespace, ReaderOfTheRootHasTheNumber) {
  for (int round = 0; round < 200; ++round) {
    Namespace space;
    std::thread reader([&] {
      while (!space.is_open()) std::this_thread::yield();
      EXPECT_EQ(space.id(), 7);
    });
    space.publish(some_object(0), 7);
    reader.join();
  }
}

class CapsuleContents : public testing::Test {
 protected:
  Memory memory;
  Contents contents{memory};
  Arena arena;
};

TEST_F(CapsuleContents, ManifestGoesWithTheLastHandle) {
  contents.count_handle(some_object(1), some_object(2));
  contents.count_handle(some_object(1), nullptr);
  EXPECT_TRUE(contents.has_handle(some_object(1)));
  EXPECT_EQ(contents.uncount_handle(some_object(1)), nullptr);
  EXPECT_EQ(contents.uncount_handle(some_object(1)), some_object(2));
  EXPECT_FALSE(contents.has_handle(some_object(1)));
  EXPECT_FALSE(contents.has_handles());
  EXPECT_EQ(contents.uncount_handle(some_object(1)), nullptr);
}

TEST_F(CapsuleContents, EachManifestOfALibraryIsKept) {
  contents.count_handle(some_object(1), some_object(2));
  contents.count_handle(some_object(1), some_object(3));
  EXPECT_EQ(contents.uncount_handle(some_object(1)), some_object(2));
  EXPECT_EQ(contents.uncount_handle(some_object(1)), some_object(3));
}

TEST_F(CapsuleContents, GlobalsKeepTheirOrderAndComeOnce) {
  for (std::string_view path : {"/lib/b.so", "/lib/a.so", "/lib/b.so"}) contents.add_global(path);
  List<std::string_view> all = contents.globals(arena);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], "/lib/b.so");
  EXPECT_EQ(all[1], "/lib/a.so");
  contents.keep_globals(all.view().subspan(1));
  all = contents.globals(arena);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], "/lib/a.so");
}

TEST_F(CapsuleContents, MirrorThatIsMadeAnewHasItsNewVersions) {
  const elf::VersionDefinition one[] = {{.name = "V_1"}};
  const elf::VersionDefinition two[] = {{.name = "V_1"}, {.name = "V_2"}};
  contents.add_mirror("libx.so.1", one);
  contents.add_mirror("libx.so.1", two);
  List<Mirrored> all = contents.mirrored(arena);
  ASSERT_EQ(all.size(), 1U);
  ASSERT_EQ(all[0].versions.size(), 2U);
  EXPECT_EQ(all[0].versions[1].name, "V_2");
  EXPECT_TRUE(contents.has_mirror("libx.so.1"));
  EXPECT_FALSE(contents.has_mirror("libx.so.2"));
}

TEST_F(CapsuleContents, StandInIsFoundByItsFileUntilAllIsForgotten) {
  FileIdentity file{};
  contents.add_stand_in("libx.so.1", file);
  EXPECT_TRUE(contents.has_stand_in("libx.so.1"));
  EXPECT_EQ(contents.stand_in_for(file), "libx.so.1");
  contents.forget_openings();
  EXPECT_FALSE(contents.has_stand_in("libx.so.1"));
}

TEST_F(CapsuleContents, ThreadLocalsOfOneLibraryCountForAll) {
  EXPECT_FALSE(contents.has_thread_locals(false));
  EXPECT_TRUE(contents.has_thread_locals(true));
  EXPECT_TRUE(contents.has_thread_locals(false));
}

TEST(CapsuleShims, WhoTakesTheUnsettledSettlesThem) {
  Memory memory;
  BoundShims shims(memory);
  Arena arena;
  handoff::ShimHeader header{};
  shims.add({&header, 0, 0}, some_object(1), some_object(2));
  EXPECT_EQ(shims.target_of(some_object(1)), some_object(2));
  EXPECT_EQ(shims.target_of(some_object(2)), nullptr);
  EXPECT_TRUE(shims.is_target(some_object(2)));
  EXPECT_EQ(shims.unsettled(arena).size(), 1U);
  EXPECT_EQ(shims.take_unsettled(arena).size(), 1U);
  EXPECT_TRUE(shims.take_unsettled(arena).empty());
}

const void* no_work(Capsule&, HookCall&, const void*) { return nullptr; }

std::span<const Hook> always() {
  static constexpr Hook kHooks[] = {{"dlopen", &no_work}};
  return kHooks;
}
std::span<const Hook> of_isolated() {
  static constexpr Hook kHooks[] = {{"setlocale", &no_work}, {"fflush", &no_work}};
  return kHooks;
}
constexpr HookTable::Group kGroups[] = {
    {&of_isolated, [](const handoff::Request& request) { return request.isolated; }},
    {&always, [](const handoff::Request&) { return true; }}};
constexpr std::byte kEntries[1] = {};
constexpr HookTable kTable{kGroups, kEntries};

class CapsuleRecord : public testing::Test {
 protected:
  ~CapsuleRecord() override {
    if (made != nullptr) destroy_capsule(made);
  }

  Capsule& make(const handoff::Request& request, Lmid_t adopted = LM_ID_NEWLM) {
    std::string_view bytes = handoff::encode(arena, request);
    Result<Capsule*> result = make_capsule({bytes, "/usr/lib", kTable, false, adopted});
    EXPECT_TRUE(result.has_value());
    made = *result;
    return *made;
  }

  Arena arena;
  Capsule* made = nullptr;
};

TEST_F(CapsuleRecord, SharesTheFamilyOfGlibcAndWhatItsRequestSays) {
  const std::string_view share[] = {"libshared.so.1"};
  handoff::Request request;
  request.tree = "/tree";
  request.share = share;
  const Capsule& capsule = make(request);
  EXPECT_EQ(capsule.isolation(), nullptr);
  EXPECT_TRUE(shares(capsule, "libc.so.6"));
  EXPECT_TRUE(shares(capsule, "libgcc_s.so.1"));
  EXPECT_TRUE(shares(capsule, "libshared.so.1"));
  EXPECT_FALSE(shares(capsule, "libother.so.1"));
  EXPECT_FALSE(is_hooked(capsule, "setlocale"));
  EXPECT_TRUE(is_hooked(capsule, "dlopen"));
}

TEST_F(CapsuleRecord, IsolatedHasGlibcOfItsOwnButTheDynamicLinker) {
  handoff::Request request;
  request.tree = "/tree";
  request.isolated = true;
  Capsule& capsule = make(request);
  ASSERT_NE(capsule.isolation(), nullptr);
  EXPECT_FALSE(shares(capsule, "libc.so.6"));
  EXPECT_TRUE(has_own(capsule, "libpthread.so.0"));
  capsule.isolation()->begin(true);
  EXPECT_TRUE(has_own(capsule, "libc.so.6"));
  EXPECT_FALSE(has_own(capsule, "libpthread.so.0"));
  EXPECT_TRUE(shares(capsule, arch::Native::kLoader));
  EXPECT_TRUE(is_hooked(capsule, "setlocale"));
  EXPECT_EQ(hook_at(capsule.hooks(), 2).name, "dlopen");
}

TEST_F(CapsuleRecord, AdoptedSharesStandInsAlone) {
  handoff::Request request;
  request.tree = "/";
  Capsule& capsule = make(request, 4);
  EXPECT_TRUE(capsule.is_adopted());
  EXPECT_EQ(capsule.space().id(), 4);
  EXPECT_FALSE(shares(capsule, "libc.so.6"));
  capsule.contents().add_stand_in("libx.so.1", {});
  EXPECT_TRUE(shares(capsule, "libx.so.1"));
}

TEST_F(CapsuleRecord, FindsExposedLibrariesUnderTheNamesOfItsRequest) {
  const std::string_view at[] = {"libx.so.1=/opt/libx.so.1.2"};
  const std::string_view path[] = {"/opt", "/srv"};
  handoff::Request request;
  request.tree = "/";
  request.at = at;
  request.library_path = path;
  const Capsule& capsule = make(request);
  EXPECT_EQ(file_of(capsule, "libx.so.1"), "/opt/libx.so.1.2");
  EXPECT_EQ(file_of(capsule, "liby.so.1"), "liby.so.1");
  EXPECT_EQ(library_path_of(arena, capsule), "/opt:/srv");
}

TEST(CapsuleUse, OneThreadTakesWhatNobodyUses) {
  Use use;
  EXPECT_TRUE(use.take_if_free());
  EXPECT_FALSE(use.take_if_free());
  use.end();
  EXPECT_TRUE(use.take_if_free());
}

}  // namespace
}  // namespace bulkhead::capsule
