#include "survey/own_compat.h"

#include <fcntl.h>

#include "base/list.h"
#include "elf/object.h"
#include "messages/failure.h"

namespace bulkhead::survey {
using messages::take_or_fail;

std::span<const plan::Node> read_compat(Arena& arena, const std::vector<OwnLibrary>& libraries,
                                        std::vector<FileMapping>& files) {
  List<plan::Node> nodes(arena);
  for (const OwnLibrary& library : libraries) {
    if (library.name.find("compat") == std::string::npos) continue;
    Fd fd(::open(library.path.c_str(), O_RDONLY | O_CLOEXEC));
    files.push_back(take_or_fail(arena, FileMapping::of(fd.get())));
    elf::Image image = take_or_fail(arena, elf::Image::of_file(files.back().bytes()));
    plan::Node node;
    node.name = node.asked_for = arena.copy(library.name);
    node.file = arena.copy(library.path);
    node.object = arena.create<elf::Object>(take_or_fail(arena, elf::Object::read(arena, image)));
    nodes.push_back(node);
  }
  return nodes.view();
}

}  // namespace bulkhead::survey
