// The contract between the command and the runtime.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "handoff/handoff.h"

namespace bulkhead::handoff {
namespace {

using Names = std::vector<std::string_view>;

Names as_vector(std::span<const std::string_view> names) { return {names.begin(), names.end()}; }

TEST(Request, ComesBackAsItWas) {
  Arena arena;
  const Names expose = {"libGL.so.1", "libEGL.so.1"};
  const Names share = {"libX11.so.6"};
  const Names keep = {"libz.so.1", "libzstd.so.1"};
  const Names map = {"/usr/share/vulkan=/host/usr/share/vulkan", "/a=b=c"};
  const Names planned = {"libX11.so.6=/usr/lib/libX11.so.6"};
  Result<Request> back = decode(arena, encode(arena, {.tree = "/host",
                                                      .expose = expose,
                                                      .share = share,
                                                      .keep_private = keep,
                                                      .map = map,
                                                      .planned = planned}));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->tree, "/host");
  EXPECT_EQ(as_vector(back->expose), expose);
  EXPECT_EQ(as_vector(back->share), share);
  EXPECT_EQ(as_vector(back->keep_private), keep);
  EXPECT_EQ(as_vector(back->map), map);
  EXPECT_EQ(as_vector(back->planned), planned);
}

TEST(Request, EqualOnesAreEqualBytes) {
  Arena arena;
  const Names expose = {"libz.so.1"};
  std::string_view bytes = encode(arena, {.tree = "/t", .expose = expose});
  EXPECT_EQ(bytes, std::string_view("tree=/t\0expose=libz.so.1\0", 25));
  EXPECT_EQ(bytes, encode(arena, *decode(arena, bytes)));
}

TEST(Request, PolicyComesBackAndTheDefaultTakesNoRoom) {
  Arena arena;
  std::string_view plain = encode(arena, {.tree = "/t"});
  EXPECT_EQ(plain, std::string_view("tree=/t\0", 8));
  EXPECT_FALSE(decode(arena, plain)->native_on_failure);
  EXPECT_FALSE(decode(arena, plain)->keep_from_children);
  std::string_view bytes =
      encode(arena, {.tree = "/t", .native_on_failure = true, .keep_from_children = true});
  EXPECT_EQ(bytes, std::string_view("tree=/t\0on-failure=native\0inherit=no\0", 37));
  EXPECT_TRUE(decode(arena, bytes)->native_on_failure);
  EXPECT_TRUE(decode(arena, bytes)->keep_from_children);
}

TEST(Request, StrictComesBackWithWhatIsPermitted) {
  Arena arena;
  const Names permit = {"/opt/app", "/srv/x.so"};
  std::string_view bytes = encode(arena, {.tree = "/t", .strict = true, .permit = permit});
  EXPECT_EQ(bytes,
            std::string_view("tree=/t\0strict=yes\0permit=/opt/app\0permit=/srv/x.so\0", 52));
  EXPECT_TRUE(decode(arena, bytes)->strict);
  EXPECT_EQ(as_vector(decode(arena, bytes)->permit), permit);
  EXPECT_FALSE(decode(arena, encode(arena, {.tree = "/t"}))->strict);
}

TEST(Request, OneOfAToolSaysSo) {
  Arena arena;
  std::string_view bytes = encode(arena, {.tree = "/", .preload = true});
  EXPECT_EQ(bytes, std::string_view("tree=/\0preload=yes\0", 19));
  EXPECT_TRUE(decode(arena, bytes)->preload);
  EXPECT_FALSE(decode(arena, encode(arena, {.tree = "/"}))->preload);
  bytes = encode(arena, {.tree = "/", .preload = true, .policy = "policy"});
  EXPECT_EQ(bytes, std::string_view("tree=/\0preload=yes\0policy=policy\0", 33));
  EXPECT_EQ(decode(arena, bytes)->policy, "policy");
  EXPECT_TRUE(decode(arena, encode(arena, {.tree = "/", .preload = true}))->policy.empty());
}

TEST(Request, KeysOfALaterReleaseAreIgnored) {
  Arena arena;
  Result<Request> request = decode(arena, std::string_view("later=1\0tree=/t\0flag\0\0=\0", 25));
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->tree, "/t");
  EXPECT_TRUE(request->expose.empty());
}

TEST(Request, DamagedOnesAreErrors) {
  Arena arena;
  using namespace std::literals;
  for (std::string_view bytes : {""sv, "tree=/t"sv, "\0"sv, "tree\0"sv, "tree=\0"sv, "expose=x\0"sv,
                                 "tree=/t\0expose=x"sv}) {
    Result<Request> request = decode(arena, bytes);
    ASSERT_FALSE(request.has_value()) << bytes;
    EXPECT_EQ(request.error().fault, Fault::malformed);
  }
}

TEST(Request, EveryTruncationIsAnErrorOrAShorterRequest) {
  Arena arena;
  const Names expose = {"libGL.so.1", "libEGL.so.1"};
  std::string_view bytes = encode(arena, {.tree = "/host", .expose = expose});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Result<Request> request = decode(arena, bytes.substr(0, size));
    const bool whole_strings = size > 0 && bytes[size - 1] == '\0';
    EXPECT_EQ(request.has_value(), whole_strings) << size;
  }
}

// Shims outlive the release that wrote them: fields are appended, never moved.
TEST(ShimHeader, FieldsStayWhereMajorOnePutThem) {
  EXPECT_EQ(kMajor, 1);
  EXPECT_EQ(offsetof(ShimHeader, magic), 0U);
  EXPECT_EQ(offsetof(ShimHeader, major), 4U);
  EXPECT_EQ(offsetof(ShimHeader, minor), 6U);
  EXPECT_EQ(offsetof(ShimHeader, size), 8U);
  EXPECT_EQ(offsetof(ShimHeader, first_symbol), 12U);
  EXPECT_EQ(offsetof(ShimHeader, image), 16U);
  EXPECT_EQ(offsetof(ShimHeader, symtab), 24U);
  EXPECT_EQ(offsetof(ShimHeader, symbol_count), 32U);
  EXPECT_EQ(offsetof(ShimHeader, stubs), 40U);
  EXPECT_EQ(offsetof(ShimHeader, stub_count), 48U);
  EXPECT_EQ(offsetof(ShimHeader, state), 56U);
  EXPECT_EQ(offsetof(ShimHeader, soname), 64U);
  EXPECT_EQ(offsetof(ShimHeader, request), 72U);
  EXPECT_EQ(offsetof(ShimHeader, request_size), 80U);
  EXPECT_EQ(offsetof(ShimHeader, next), 88U);
  EXPECT_EQ(offsetof(ShimHeader, allocation), 96U);
  EXPECT_EQ(offsetof(ShimHeader, allocation_count), 104U);
  EXPECT_EQ(offsetof(ShimHeader, guards), 112U);
  EXPECT_EQ(offsetof(ShimHeader, guard_words), 120U);
  EXPECT_EQ(offsetof(ShimHeader, next_words), 128U);
  EXPECT_GE(sizeof(ShimHeader), 136U);
}

}  // namespace
}  // namespace bulkhead::handoff
