#include "isolation/streams.h"

#include <bits/types/struct_FILE.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "arch/machine.h"
#include "capsule/registered.h"
#include "elf/hash.h"

namespace bulkhead::isolation {

using capsule::argument;
using capsule::Capsule;

using capsule::kMaxCapsules;

// The words that the entries look at (isolation/<cpu>/streams.S).
extern "C" {
struct StreamTargets {
  elf::Addr own;  // in the file, until the capsule's libc is there
  elf::Addr program;
};

extern const std::byte bulkhead_stream_entries[];

// Where the program's libc is, and how large. Guard: written under ld.so's lock, before an entry
// can be called.
__attribute__((visibility("hidden"))) constinit elf::Addr bulkhead_base_libc[2] = {};
}

namespace {

using Names = std::string_view[];

// Those of glibc's exported functions whose first, second … argument is the stream. (What only the
// tables of streams refer to, such as _IO_file_read, is not among them.)
constexpr Names kFirst = {"fclose",
                          "pclose",
                          "clearerr",
                          "clearerr_unlocked",
                          "feof",
                          "feof_unlocked",
                          "ferror",
                          "ferror_unlocked",
                          "fileno",
                          "fileno_unlocked",
                          "fgetc",
                          "fgetc_unlocked",
                          "getc",
                          "getc_unlocked",
                          "getw",
                          "fgetwc",
                          "fgetwc_unlocked",
                          "getwc",
                          "getwc_unlocked",
                          "fprintf",
                          "vfprintf",
                          "fwprintf",
                          "vfwprintf",
                          "fscanf",
                          "vfscanf",
                          "fwscanf",
                          "vfwscanf",
                          "fseek",
                          "fseeko",
                          "fseeko64",
                          "ftell",
                          "ftello",
                          "ftello64",
                          "rewind",
                          "fgetpos",
                          "fgetpos64",
                          "fsetpos",
                          "fsetpos64",
                          "setbuf",
                          "setbuffer",
                          "setlinebuf",
                          "setvbuf",
                          "flockfile",
                          "ftrylockfile",
                          "funlockfile",
                          "fwide",
                          "fgetpwent",
                          "fgetpwent_r",
                          "fgetgrent",
                          "fgetgrent_r",
                          "fgetspent",
                          "fgetspent_r",
                          "fgetsgent",
                          "fgetsgent_r",
                          "addmntent",
                          "endmntent",
                          "getmntent",
                          "getmntent_r",
                          "__getmntent_r",
                          "__fprintf_chk",
                          "__vfprintf_chk",
                          "__fwprintf_chk",
                          "__vfwprintf_chk",
                          "__vfscanf",
                          "__isoc99_fscanf",
                          "__isoc99_vfscanf",
                          "__isoc99_fwscanf",
                          "__isoc99_vfwscanf",
                          "__isoc23_fscanf",
                          "__isoc23_vfscanf",
                          "__isoc23_fwscanf",
                          "__isoc23_vfwscanf",
                          "__overflow",
                          "__uflow",
                          "__underflow",
                          "__woverflow",
                          "__wuflow",
                          "__wunderflow",
                          "__fbufsize",
                          "__flbf",
                          "__fpending",
                          "__fpurge",
                          "__freadable",
                          "__freading",
                          "__fsetlocking",
                          "__fwritable",
                          "__fwriting",
                          "_IO_fclose",
                          "_IO_feof",
                          "_IO_ferror",
                          "_IO_fgetpos",
                          "_IO_fgetpos64",
                          "_IO_flockfile",
                          "_IO_fprintf",
                          "_IO_fsetpos",
                          "_IO_fsetpos64",
                          "_IO_ftell",
                          "_IO_ftrylockfile",
                          "_IO_funlockfile",
                          "_IO_getc",
                          "_IO_padn",
                          "_IO_peekc_locked",
                          "_IO_setbuffer",
                          "_IO_setvbuf",
                          "_IO_sgetn",
                          "_IO_vfprintf",
                          "_IO_vfscanf"};
constexpr Names kSecond = {"fputc",           "fputc_unlocked", "putc",
                           "putc_unlocked",   "putw",           "fputwc",
                           "fputwc_unlocked", "putwc",          "putwc_unlocked",
                           "fputs",           "fputs_unlocked", "fputws",
                           "fputws_unlocked", "ungetc",         "ungetwc",
                           "putpwent",        "putgrent",       "putspent",
                           "putsgent",        "argp_help",      "argp_state_help",
                           "malloc_info",     "_IO_fputs",      "_IO_putc",
                           "_IO_ungetc"};
constexpr Names kThird = {"fgets",   "fgets_unlocked", "fgetws",  "fgetws_unlocked",
                          "freopen", "freopen64",      "getline", "_IO_fgets"};
constexpr Names kFourth = {"fread",        "fread_unlocked",
                           "fwrite",       "fwrite_unlocked",
                           "getdelim",     "__getdelim",
                           "__fgets_chk",  "__fgets_unlocked_chk",
                           "__fgetws_chk", "__fgetws_unlocked_chk",
                           "_IO_fread",    "_IO_fwrite"};
constexpr Names kFifth = {"__fread_chk", "__fread_unlocked_chk"};
// Of these, those that enlarge a block of the caller's. With a heap of its own a capsule keeps its
// libc's, which can read another libc's streams as well.
constexpr Names kGrowing = {"getline", "getdelim", "__getdelim"};
constexpr Names kFlushing = {"fflush", "fflush_unlocked", "_IO_fflush"};

constexpr std::span<const std::string_view> kByArgument[] = {kFirst, kSecond, kThird, kFourth,
                                                             kFifth};

constexpr std::size_t kPerCapsule = [] {
  std::size_t count = 0;
  for (std::size_t each : arch::Native::kStreamEntries) count += each;
  return count;
}();

static_assert([] {
  if (std::size(kByArgument) != std::size(arch::Native::kStreamEntries)) return false;
  for (std::size_t i = 0; i < std::size(kByArgument); ++i) {
    if (kByArgument[i].size() > arch::Native::kStreamEntries[i]) return false;
  }
  return true;
}());

// Where the entries look for the table of a stream.
static_assert(sizeof(_IO_FILE) == arch::Native::kStreamTable);

constexpr std::size_t kCount = [] {
  std::size_t count = 0;
  for (std::span<const std::string_view> names : kByArgument) count += names.size();
  return count;
}();

// Each function, with the number of its entry among the capsule's.
struct Function {
  std::string_view name;
  std::uint32_t hash;
  std::uint32_t entry;
};
constexpr std::array<Function, kCount> kFunctions = [] {
  std::array<Function, kCount> all = {};
  std::size_t count = 0;
  std::size_t first = 0;
  for (std::size_t argument = 0; argument < std::size(kByArgument); ++argument) {
    std::size_t entry = first;
    for (std::string_view name : kByArgument[argument]) {
      all[count++] = {name, elf::gnu_hash(name), static_cast<std::uint32_t>(entry++)};
    }
    first += arch::Native::kStreamEntries[argument];
  }
  return all;
}();

}  // namespace

extern "C" {
// Guard: a capsule's are written under ld.so's lock, before its entries can be called.
__attribute__((visibility(
    "hidden"))) constinit StreamTargets bulkhead_stream_targets[kMaxCapsules * kPerCapsule] = {};
}

List<StreamFunction> find_stream_functions(Arena& arena, const elf::Object& libc, bool own_heap,
                                           std::span<bool> marks) {
  List<StreamFunction> found(arena);
  // An older version stays the capsule's own. (None has two on x86-64.)
  auto mark = [&](const elf::SymbolName& name, auto visit) {
    libc.symbols.for_each_named(name, [&](elf::SymbolIndex index) {
      if (!libc.versions.is_default(index)) return false;
      marks[index] = true;
      visit(index);
      return true;
    });
  };
  for (const Function& each : kFunctions) {
    if (own_heap && std::ranges::find(kGrowing, each.name) != std::end(kGrowing)) continue;
    mark({each.name, each.hash}, [&](elf::SymbolIndex index) {
      found.push_back({index, each.entry});
    });
  }
  for (std::string_view name : kFlushing) mark(name, [](std::size_t) {});
  return found;
}

void lead_by_stream(const Capsule& capsule, const elf::Object& libc,
                    std::span<const StreamFunction> functions,
                    const image::AbsoluteSymbols& symbols) {
  bulkhead_base_libc[0] = libc.image.bias();
  bulkhead_base_libc[1] = libc.image.end();
  auto entries = reinterpret_cast<elf::Addr>(bulkhead_stream_entries);
  for (const StreamFunction& each : functions) {
    std::size_t entry = capsule.number() * kPerCapsule + each.entry;
    const elf::Addr address = symbols[each.symbol];
    if (address == 0) continue;
    bulkhead_stream_targets[entry] = {libc.symbols[each.symbol].st_value, address};
    symbols.set(each.symbol, entries + entry * arch::Native::kStreamEntrySize);
  }
}

void find_own_stream_functions(const Capsule& capsule, elf::Addr own) {
  StreamTargets* targets = bulkhead_stream_targets + capsule.number() * kPerCapsule;
  for (std::size_t i = 0; i < kPerCapsule; ++i) targets[i].own += own;
}

bool is_stream_of_program(const _IO_FILE* stream) {
  elf::Addr table = *reinterpret_cast<const elf::Addr*>(stream + 1);
  return table - bulkhead_base_libc[0] < bulkhead_base_libc[1];
}

}  // namespace bulkhead::isolation
