#include "opening/static_tls.h"

#include "base/text.h"
#include "image/tls_probe.h"
#include "process/loader.h"
#include "process/modules.h"

namespace bulkhead::opening {
namespace {

// elf/dl-reloc.c, the same in all releases; ld.so's messages are translated for programs that
// have chosen a language, and then it is left as it is.
constexpr std::string_view kNoRoom = "cannot allocate memory in static TLS block";

bool fits(Arena& arena, std::size_t size) {
  Result<process::ImageFile> file =
      process::ImageFile::make(arena, "bulkhead-tls-probe", image::build_tls_probe(arena, size));
  if (!file) return false;
  Result<link_map*> opened = process::open_in(arena, process::own_space(), file->path(), RTLD_NOW);
  if (!opened) return false;
  process::close(*opened);
  return true;
}

// In bytes, in steps of a word. Nobody sets aside more than `kMost`.
std::size_t measure_left(Arena& arena) {
  constexpr std::size_t kStep = 8;
  constexpr std::size_t kMost = std::size_t{1} << 20U;
  std::size_t least = 0;
  std::size_t most = kMost / kStep;
  while (most - least > 1) {
    std::size_t middle = (least + most) / 2;
    (fits(arena, middle * kStep) ? least : most) = middle;
  }
  return least * kStep;
}

}  // namespace

Error explain_static_tls(Arena& arena, const resolve::Closure& closure, const Error& error) {
  if (!process::is_of_ld_so(error) || error.because.find(kNoRoom) == std::string_view::npos) {
    return error;
  }
  for (const resolve::Library& library : closure.libraries()) {
    const elf::Phdr* block = library.image.find_header(PT_TLS);
    if (block == nullptr || !error.because.starts_with(library.host_path)) continue;
    std::string_view what =
        join(arena, {"needs ", decimal(arena, block->p_memsz), " bytes of static TLS, of which ",
                     decimal(arena, measure_left(arena)), " are left"});
    return {Fault::limit,
            0,
            what,
            arena.copy(library.host_path),
            "the dynamic linker sets them aside when the program starts, for all that is opened "
            "later, a capsule's own libc among it",
            "start the program with GLIBC_TUNABLES=glibc.rtld.optional_static_tls=4096 in its "
            "environment, or more (since glibc 2.33)"};
  }
  return error;
}

}  // namespace bulkhead::opening
