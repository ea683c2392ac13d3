// Any bytes as an ld.so.cache.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "resolve/ld_cache.h"

using namespace bulkhead;

namespace {

volatile unsigned g_sink;

void touch(std::string_view text) {
  for (char c : text) g_sink = g_sink + static_cast<unsigned char>(c);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A block of its own size, so that its end is guarded.
  std::unique_ptr<void, decltype(&std::free)> copy(std::malloc(size), &std::free);
  if (size != 0) std::memcpy(copy.get(), data, size);
  Result<resolve::LdCache> cache =
      resolve::LdCache::parse({static_cast<const std::byte*>(copy.get()), size});
  if (!cache) {
    touch(cache.error().what);
    return 0;
  }
  for (int level = 1; level <= 4; ++level) {
    resolve::Hwcaps hwcaps(level);
    for (const char* name : {"libdl.so.2", "libutil.so.1", "libthread_db.so.1", "libstyle.so.1", "",
                             "libz.so.99999999999999999999", "a", "\xff"}) {
      touch(cache->find(name, hwcaps));
    }
    // A name that the file itself holds, at its end where strings are.
    if (size >= 16)
      touch(cache->find({static_cast<const char*>(copy.get()) + size - 16, 15}, hwcaps));
  }
  return 0;
}
