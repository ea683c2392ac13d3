#include "survey/linker_command.h"

#include <fcntl.h>

#include <algorithm>
#include <string_view>

#include "base/fd.h"
#include "elf/dynamic.h"
#include "elf/image.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::survey {
namespace {

constexpr std::string_view kWithValue[] = {
    "--library-path",         "--inhibit-rpath",    "--audit", "--preload", "--argv0",
    "--glibc-hwcaps-prepend", "--glibc-hwcaps-mask"};

}  // namespace

LinkerCommand read_linker_command(const std::vector<std::string>& arguments) {
  LinkerCommand command;
  std::size_t i = 1;
  for (; i < arguments.size() && arguments[i].starts_with("--"); ++i) {
    if (std::ranges::find(kWithValue, arguments[i]) == std::end(kWithValue)) continue;
    if (i + 1 == arguments.size()) return command;
    if (arguments[i] == "--library-path") command.library_path = i + 1;
    ++i;
  }
  if (i < arguments.size()) command.program = i;
  return command;
}

bool is_dynamic_linker(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) return false;
  Result<elf::Image> image = elf::Image::of_file(mapping->bytes());
  if (!image) return false;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  return dynamic && dynamic->soname().starts_with("ld") && plan::is_glibc_family(dynamic->soname());
}

}  // namespace bulkhead::survey
