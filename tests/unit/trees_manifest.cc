// What a manifest says is what was written.
#include "trees/manifest.h"

#include <gtest/gtest.h>

#include "messages/failure.h"

namespace bulkhead::trees {
namespace {

Manifest again(const Manifest& manifest) {
  return Manifest::from_json(manifest.to_json(), "manifest.json");
}

TEST(Manifests, OfPackages) {
  Manifest manifest;
  manifest.kind = Manifest::Kind::packages;
  manifest.name = "trixie";
  manifest.suite = "trixie";
  manifest.asked = {"zlib1g", "libfoo|libbar"};
  manifest.profiles = {"gl"};
  manifest.packages = {{"zlib1g", "1:1.3"}};
  manifest.files = 3;
  manifest.bytes = 1ULL << 40U;
  const Manifest read = again(manifest);
  EXPECT_EQ(read.kind, manifest.kind);
  EXPECT_EQ(read.asked, manifest.asked);
  EXPECT_EQ(read.packages, manifest.packages);
  EXPECT_EQ(read.bytes, manifest.bytes);
  EXPECT_EQ(read.source_text(), "packages of trixie: --profile gl --packages zlib1g,libfoo|libbar");
}

TEST(Manifests, OfImagesAndDirectories) {
  Manifest manifest;
  manifest.kind = Manifest::Kind::image;
  manifest.path = "/tmp/\xff.tar";  // a name need not be UTF-8
  manifest.image = "debian:12";
  manifest.digest = "sha256:00";
  manifest.layers = {"sha256:01", "sha256:02"};
  EXPECT_EQ(again(manifest).layers, manifest.layers);
  EXPECT_EQ(again(manifest).digest, manifest.digest);
  manifest.kind = Manifest::Kind::directory;
  EXPECT_EQ(again(manifest).kind, Manifest::Kind::directory);
}

TEST(Manifests, DamagedOnesAreNamed) {
  for (const char* text : {"", "{", "[]", "{\"version\":2}", "{\"version\":1}", "\"x\""}) {
    try {
      Manifest::from_json(text, "/m.json");
      ADD_FAILURE() << text;
    } catch (const messages::Failure& failure) {
      EXPECT_TRUE(std::string(failure.what()).starts_with("/m.json: ")) << failure.what();
    }
  }
}

}  // namespace
}  // namespace bulkhead::trees
