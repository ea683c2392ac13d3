// libbulkhead-plugins.so.0: `bulkhead run --plugin` has it preloaded. Before the program begins it
// opens the capsules into which the program's plugins are to go, by the C interface. Which, is in
// the directory that it was loaded from: files 0, 1 and so on, each a handoff::Request.
#include <bulkhead/bulkhead.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "base/keep_errno.h"
#include "base/last_words.h"
#include "base/list.h"
#include "base/text.h"
#include "handoff/handoff.h"

namespace bulkhead::plugins {
namespace {

// Strings of a request end with a zero, where they stand.
const char* const* as_c_strings(Arena& arena, std::span<const std::string_view> texts) {
  List<const char*> list(arena);
  for (std::string_view text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list.view().data();
}

void open_capsule(Arena& arena, const handoff::Request& request) {
  bh_capsule_options options = {};
  options.size = sizeof options;
  options.flags = request.strict ? static_cast<std::uint32_t>(BH_CAPSULE_STRICT) : 0U;
  options.tree = request.tree.data();
  options.name = request.name.empty() ? nullptr : request.name.data();
  options.share = as_c_strings(arena, request.share);
  options.keep_private = as_c_strings(arena, request.keep_private);
  options.map = as_c_strings(arena, request.map);
  options.library_path = as_c_strings(arena, request.library_path);
  options.permit = as_c_strings(arena, request.permit);
  options.plugins = as_c_strings(arena, request.plugins);
  bh_capsule* capsule = nullptr;
  bh_error* error = nullptr;
  if (bh_capsule_open(&options, &capsule, &error) == BH_OK) return;
  std::string_view why = bh_error_text(error);
  if (!request.native_on_failure) {
    fatal(join(arena, {"no capsule can be opened for the program's plugins: ", why}));
  }
  message({"the program's plugins are loaded as they are: ", why});
  bh_error_free(error);
}

// False if there is no file of that number.
bool open_capsule_of(Arena& arena, std::string_view directory, std::uint64_t number) {
  std::string_view path = join_path(arena, directory, decimal(arena, number));
  Fd file(open_at(AT_FDCWD, path.data(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return false;
  if (!file.valid())
    fatal(join(arena, {path, ": ", system_error_text(errno), "; make it readable"}));
  Result<FileMapping> mapping = FileMapping::of(file.get());
  if (!mapping) fatal(join(arena, {path, ": cannot be read; remove that directory"}));
  Result<handoff::Request> request = handoff::decode(arena, arena.copy(mapping->text()));
  if (!request) fatal(join(arena, {path, ": is damaged; remove that directory"}));
  open_capsule(arena, *request);
  return true;
}

// Which path ld.so knows this library by. (dladdr is not in libc.so.6 before glibc 2.34.)
int find_own_path(dl_phdr_info* object, std::size_t, void* path) {
  static const char here = 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = object->dlpi_phdr[i];
    const std::uintptr_t begin = object->dlpi_addr + header.p_vaddr;
    const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(&here);
    if (header.p_type != PT_LOAD || address < begin || address - begin >= header.p_memsz) continue;
    *static_cast<std::string_view*>(path) = object->dlpi_name;
    return 1;
  }
  return 0;
}

}  // namespace

extern "C" {
// DT_INIT. Preloaded, this library is initialised before the program, and after what it needs.
__attribute__((visibility("hidden"))) void bulkhead_plugins_init() {
  KeepErrno keep;
  std::string_view path;
  ::dl_iterate_phdr(find_own_path, &path);
  if (path.empty()) return;
  Arena arena;
  std::string_view directory = directory_of(path);
  for (std::uint64_t number = 0; open_capsule_of(arena, directory, number); ++number) {
  }
}
}

}  // namespace bulkhead::plugins
