#include "isolation/isolate.h"

#include <string.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/hook_entries.h"
#include "elf/glibc.h"
#include "elf/notes.h"
#include "image/mirror.h"
#include "isolation/isolated_libc.h"
#include "isolation/isolated_names.h"
#include "isolation/own_heap.h"
#include "isolation/streams.h"
#include "plan/rules_of_thumb.h"
#include "process/addresses.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/interposer.h"

namespace bulkhead::isolation {

using capsule::Capsule;

namespace {

using elf::Addr;

constexpr std::string_view kPrivate = "GLIBC_PRIVATE";

const resolve::Library* libc_of(const resolve::Closure& closure) {
  for (const resolve::Library& library : closure.libraries()) {
    if (library.known_as() == elf::kLibc) return &library;
  }
  return nullptr;
}

// The newest release that the version definitions name.
std::string_view release_of(Arena& arena, const elf::Versions& versions) {
  std::string_view newest = "an unknown release";
  std::uint64_t newest_minor = 0;
  for (const elf::VersionDefinition& each : versions.definitions()) {
    std::uint64_t minor = 0;
    constexpr std::string_view kPrefix = "GLIBC_2.";
    if (!each.name.starts_with(kPrefix)) continue;
    if (!parse_number(drop(each.name, kPrefix.size()), minor) || minor <= newest_minor) continue;
    newest_minor = minor;
    newest = join(arena, {"2.", decimal(arena, minor)});
  }
  return newest;
}

bool is_same_build(const elf::Image& ours, const elf::Image& theirs) {
  std::span<const std::byte> id = elf::build_id(ours);
  std::span<const std::byte> other = elf::build_id(theirs);
  return !id.empty() && id.size() == other.size() &&
         ::memcmp(id.data(), other.data(), id.size()) == 0;
}

// For a libc without a build ID: whether it is the file that the process has loaded.
bool is_same_file(Arena& arena, const resolve::Library& library) {
  for (const process::BaseObject& object : process::base_objects(arena)) {
    struct stat status;
    if (file_name_of(object.name) != elf::kLibc || status_of(object.name.data(), status) != 0)
      continue;
    return identity_of(status) == library.identity();
  }
  return false;
}

// Whether the closure's libc is the program's.
Status check(Arena& arena, const Capsule& capsule, process::BaseView& base,
             const resolve::Closure& closure) {
  const resolve::Library* theirs = libc_of(closure);
  if (theirs == nullptr) {
    return fail(Fault::missing, "is not in the tree", elf::kLibc,
                join(arena, {"an isolated capsule has a libc of its own, from the tree ",
                             capsule.request().tree}),
                "add the program's release of glibc to the tree, or open it without isolation");
  }
  const elf::Object* ours = base.find(elf::kLibc);
  if (ours == nullptr || is_same_build(ours->image, theirs->image)) return {};
  bool known = !elf::build_id(ours->image).empty() || !elf::build_id(theirs->image).empty();
  if (!known && is_same_file(arena, *theirs)) return {};
  Result<elf::Object> object = elf::Object::read(arena, theirs->image);
  std::string_view release = object ? release_of(arena, object->versions) : "an unknown release";
  return fail(
      Fault::unsupported, "is another glibc than the program's", arena.copy(theirs->host_path),
      join(arena,
           {"it is of release ", release, ", the program's of ", release_of(arena, ours->versions),
            ", and their build IDs differ: there is one dynamic linker in a process, which "
            "serves the very build of libc that came with it"}),
      "take a tree with the program's build of glibc (\"/\" has it), or leave out the isolation: "
      "then the program's libc is shared");
}

}  // namespace

bool lacks_own_libc(const Capsule& capsule, const resolve::Closure& closure) {
  if (capsule.isolation() == nullptr || capsule.space().is_open()) return false;
  for (const resolve::Missing& missing : closure.missing()) {
    if (missing.name == elf::kLibc) return false;
  }
  return libc_of(closure) == nullptr;
}

Status begin(Arena& arena, Capsule& capsule, process::BaseView& base) {
  if (capsule.isolation() == nullptr || capsule.space().is_open()) return {};
  if (!capsule.request().map.empty()) {
    return fail(Fault::conflict, "paths cannot be mapped in an isolated capsule",
                arena.copy(capsule.request().map[0]),
                "files are opened by the libc in it, which knows nothing of bulkhead",
                "leave out the mapping, or the isolation");
  }
  const elf::Object* libc = base.find(elf::kLibc);
  if (libc == nullptr) {
    return fail(Fault::unsupported, "the program has no glibc, which an isolated capsule needs");
  }
  capsule.isolation()->begin(!libc->versions.defines("GLIBC_2.34"));
  return {};
}

std::string_view unwinder_of(const Capsule& capsule, process::BaseView& base) {
  bool begins = capsule.isolation() != nullptr && !capsule.space().is_open();
  return begins && base.find(elf::kLibgcc) != nullptr ? elf::kLibgcc : std::string_view{};
}

namespace {

constexpr std::string_view kProgramsNames = "bulkhead-program-libc";

// Which of libc's symbols are the program's, but for functions of streams.
std::span<bool> marks_of(Arena& arena, const Capsule& capsule, const elf::Object& libc) {
  std::span<bool> marks = arena.array<bool>(libc.symbols.size());
  mark_programs_names(libc.symbols, capsule.request().own_heap, marks);
  std::size_t count = 0;
  for (elf::SymbolIndex i : libc.symbols.indices(0)) {
    // What is between the parts of one glibc is each one's own.
    if (marks[i] && libc.versions.name(i) == kPrivate) marks[i] = false;
    if (marks[i]) ++count;
  }
  debug(Topic::image, {decimal(arena, count), " of libc's symbols are the program's"});
  return marks;
}

// The two images with the program's names.
Result<image::Twins> build_programs_names(Arena& arena, const Capsule& capsule,
                                          process::BaseView& base) {
  std::size_t index = base.index_of(elf::kLibc);
  const elf::Object& libc = *base.objects()[index];
  std::span<bool> marks = marks_of(arena, capsule, libc);
  List<StreamFunction> of_streams =
      find_stream_functions(arena, libc, capsule.request().own_heap, marks);
  Result<image::AbsoluteSymbols> symbols =
      shims::addresses_behind_tool(arena, capsule, base, index, marks);
  if (!symbols) return about(symbols.error(), elf::kLibc);
  lead_by_stream(capsule, libc, of_streams.view(), *symbols);
  redirect_to_hooks(capsule, libc, *symbols);
  // With its version definitions: an old version of a function is the base's old version.
  image::Twins twins =
      image::build_twins(arena, libc, *symbols, kProgramsNames, kProgramsNamesNext);
  if (capsule.interposer() == nullptr) return twins;
  // A preloaded tool's own calls of what it replaces are calls of itself, as natively.
  shims::leave_out_interposed(arena, *capsule.interposer(), libc, *symbols);
  twins.first = image::build_twins(arena, libc, *symbols, kProgramsNames, kProgramsNamesNext).first;
  return twins;
}

}  // namespace

Result<Contributions> contributions(Arena& arena, const Capsule& capsule, process::BaseView& base,
                                    const resolve::Closure& closure) {
  if (capsule.isolation() == nullptr) return Contributions{};
  List<Image> first(arena);
  List<Image> before_libc(arena);
  image::Twins names = {};
  Pieces heap;
  if (!capsule.space().is_open()) {
    if (Status same = check(arena, capsule, base, closure); !same) {
      return std::unexpected(same.error());
    }
    Result<image::Twins> built = build_programs_names(arena, capsule, base);
    if (!built) return std::unexpected(built.error());
    names = *built;
    if (capsule.request().own_heap) heap = build_heap_names(arena, capsule);
  }
  if (capsule.request().own_heap) first.push_back({kHeapNames, heap});
  first.push_back({kProgramsNames, names.first});
  before_libc.push_back({kProgramsNamesNext, names.second});
  return Contributions{first.view(), before_libc.view()};
}

Status prepare_isolated(Arena& arena, Capsule& capsule, process::BaseView& base, link_map* first) {
  if (capsule.isolation()->libc() == nullptr) {
    link_map* own = first;
    while (own != nullptr && process::soname_of(own) != elf::kLibc) own = process::next_of(own);
    if (own == nullptr) return {};
    if (Status found = find_isolated_libc(arena, capsule, base, own); !found) return found;
  }
  for (link_map* object = first; object != nullptr; object = process::next_of(object)) {
    if (!plan::is_glibc_family(process::soname_of(object))) continue;
    Result<elf::Image> image = process::image_of(object);
    if (!image) return about(image.error(), process::name_of(object));
    std::size_t count = words::move_thread_words(*image, capsule.isolation()->libc()->moves.view());
    debug(Topic::bind, {process::name_of(object), ": ", decimal(arena, count),
                        " words lead to the program's thread-local variables"});
  }
  return {};
}

}  // namespace bulkhead::isolation
