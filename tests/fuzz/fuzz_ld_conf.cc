// Any bytes as a tree's ld.so.conf. What is behind a form feed is a file that the first may
// include.
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "fuzz_tree.h"
#include "resolve/ld_conf.h"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzTree files;
  std::string_view other(reinterpret_cast<const char*>(data), size);
  files.write("etc/ld.so.conf", split_off(other, '\f'));
  files.write("etc/other.conf", other);
  Arena arena;
  Result<resolve::Tree> tree = resolve::Tree::open(arena, files.path().string());
  if (!tree) std::abort();
  Result<resolve::LdConf> conf = resolve::read_ld_conf(arena, *tree);
  if (!conf) return 0;
  for (std::string_view each : conf->directories) {
    if (!each.starts_with('/') || each.find('\n') != std::string_view::npos) std::abort();
  }
  for (std::string_view each : conf->sources) {
    if (!each.starts_with('/')) std::abort();
  }
  return 0;
}
