#include "image/shim.h"

#include <cstring>

#include "arch/machine.h"
#include "base/fd.h"
#include "handoff/handoff.h"
#include "image/builder.h"
#include "image/interposer.h"
#include "image/tables.h"
#include "image/tls_block.h"

namespace bulkhead::image {
namespace {

using arch::Native;
using elf::Addr;

// What a shim imports from libbulkhead.so.0; in this order in its symbol table.
constexpr std::string_view kImports[] = {"bulkhead_shim_init", "bulkhead_shim_lazy",
                                         "bulkhead_shim_fini"};
constexpr std::size_t kMaxSymbols = 1U << 24U;

bool is_code(const elf::Sym& symbol) {
  unsigned type = elf::symbol_type(symbol);
  return type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
}

bool is_data(const elf::Sym& symbol) {
  unsigned type = elf::symbol_type(symbol);
  return type == STT_OBJECT || type == STT_COMMON;
}

// The alignment an object of the target demonstrably has; no table says what it needs.
std::size_t alignment_of(const elf::Sym& symbol) {
  constexpr Addr kMost = 64;
  Addr lowest_bit = symbol.st_value & (~symbol.st_value + 1);
  return lowest_bit == 0 || lowest_bit > kMost ? kMost : lowest_bit;
}

// Code in symbol order, so that a stub's place follows from its symbol's.
void add_stubs(Builder& builder, Tables& tables, Addr code, Addr& stub_at) {
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    elf::Sym& symbol = tables.symbols[i];
    if (symbol.st_shndx == SHN_UNDEF || !is_code(symbol)) continue;
    Native::write_stub(builder.at(stub_at, Native::kStubSize), stub_at, code, i);
    symbol.st_value = stub_at;
    symbol.st_size = Native::kStubSize;
    symbol.st_info = elf::make_symbol_info(
        elf::symbol_binding(symbol) == STB_WEAK ? STB_WEAK : STB_GLOBAL, STT_FUNC);
    // Any ordinary section's index: ld.so tells only undefined and absolute ones apart.
    symbol.st_shndx = 1;
    stub_at += Native::kStubSize;
  }
}

// Room for data that a program may copy into itself: exact sizes, in writable memory.
void add_data(Builder& builder, Tables& tables) {
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    elf::Sym& symbol = tables.symbols[i];
    // Absolute: what old binutils make of version names; nobody binds to it.
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) continue;
    if (is_data(symbol)) {
      symbol.st_value = builder.reserve_bss(symbol.st_size, alignment_of(symbol));
      symbol.st_info = elf::make_symbol_info(
          elf::symbol_binding(symbol) == STB_WEAK ? STB_WEAK : STB_GLOBAL, STT_OBJECT);
      symbol.st_shndx = 1;
    } else if (elf::symbol_type(symbol) == STT_TLS) {
      symbol = tls_stand_in(symbol);
    } else if (!is_code(symbol)) {
      symbol = {.st_name = symbol.st_name};
    }
  }
}

void leave_out_vague(Tables& tables, std::span<const std::byte> strings) {
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    elf::Sym& symbol = tables.symbols[i];
    if (symbol.st_shndx == SHN_UNDEF) continue;
    std::string_view name = reinterpret_cast<const char*>(strings.data()) + symbol.st_name;
    if (has_vague_linkage(name, symbol)) symbol = {.st_name = symbol.st_name};
  }
}

// What an interposer has besides.
struct Interposer {
  std::span<const handoff::AllocationFunction> allocation;
  std::size_t guard_count = 0;
  Addr list = 0, next = 0, guards = 0;

  std::size_t word_count() const { return guard_count == 0 ? 0 : 2 + 2 * guard_count; }

  void write_code(Builder& builder, Addr words) const {
    Native::write_next(builder.at(next, Native::kNextSize));
    for (std::size_t i = 0; i < guard_count; ++i) {
      Addr guard = guards + i * Native::kGuardSize;
      Native::write_guard(builder.at(guard, Native::kGuardSize), guard, words,
                          words + (2 + 2 * i) * sizeof(Addr));
    }
  }
};

}  // namespace

Result<std::span<const std::byte>> build_shim(Arena& arena, const ShimRecipe& recipe) {
  const elf::Object& target = *recipe.target;
  if (target.symbols.size() > kMaxSymbols) {
    return fail(Fault::limit, "exports an absurd number of symbols", recipe.soname);
  }
  StringTable strings(arena, target.dynamic.strings());
  Tables tables = clone_tables(arena, strings, {&target, kImports, {}});
  Interposer interposer;
  if (recipe.interposes) {
    leave_out_vague(tables, strings.bytes());
    interposer.allocation = allocation_functions(arena, tables, strings.bytes());
    for (const auto& each : interposer.allocation) {
      if (handoff::has_guard(each.kind)) ++interposer.guard_count;
    }
  }
  std::size_t stub_count = 0;
  bool thread_locals = false;
  for (const elf::Sym& symbol : tables.symbols) {
    if (symbol.st_shndx == SHN_UNDEF) continue;
    if (is_code(symbol)) ++stub_count;
    thread_locals = thread_locals || elf::symbol_type(symbol) == STT_TLS;
  }
  std::size_t relocation_count = std::size(kImports) + (thread_locals ? TlsBlock::kRelocations : 0);
  Addr soname = strings.add(recipe.soname);
  Addr runtime = strings.add("libbulkhead.so.0");
  Addr origin = strings.add("$ORIGIN");
  std::size_t expected = tables.gnu_hash.size() + tables.symbols.size_bytes() +
                         strings.bytes().size() + tables.definitions.size() +
                         stub_count * Native::kStubSize + 65536;

  Builder builder(arena, expected);
  builder.dynamic(DT_NEEDED, runtime);
  for (std::string_view name : recipe.companions) builder.dynamic(DT_NEEDED, strings.add(name));
  builder.dynamic(DT_SONAME, soname);
  // The runtime lies beside the shim, however the shim was found.
  builder.dynamic(DT_RUNPATH, origin);
  Addr symtab = add_tables(builder, tables);
  Addr strtab = builder.append(strings.bytes(), 1);
  builder.dynamic(DT_STRTAB, strtab);
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  Addr header_at = builder.reserve(sizeof(handoff::ShimHeader), alignof(handoff::ShimHeader));
  builder.dynamic(handoff::kDtShimHeader, header_at);
  Addr request_at = builder.append(as_bytes(recipe.request), 1);
  Addr relocations = builder.reserve(relocation_count * sizeof(elf::Rela), alignof(elf::Rela));
  interposer.list = builder.append_array(interposer.allocation);

  builder.begin_segment(PF_R | PF_X);
  Addr common = builder.reserve(Native::kStubCommonSize, 64);
  Addr stubs = builder.reserve(stub_count * Native::kStubSize, Native::kStubSize);
  if (recipe.interposes) {
    interposer.next = builder.reserve(Native::kNextSize, Native::kNextSize);
    interposer.guards = builder.reserve(interposer.guard_count * Native::kGuardSize, 16);
  }

  builder.begin_segment(PF_R | PF_W);
  Addr relro = builder.end();
  Addr got = builder.reserve(std::size(kImports) * sizeof(Addr), sizeof(Addr));
  if (thread_locals) {
    add_tls_block(builder, builder.reserve(TlsBlock::kWords * sizeof(Addr), sizeof(Addr)),
                  relocations + std::size(kImports) * sizeof(elf::Rela));
  }
  builder.dynamic(DT_RELA, relocations);
  builder.dynamic(DT_RELASZ, relocation_count * sizeof(elf::Rela));
  builder.dynamic(DT_RELAENT, sizeof(elf::Rela));
  builder.dynamic(DT_INIT, common + Native::kInitOffset);
  builder.dynamic(DT_FINI, common + Native::kFiniOffset);
  // Addresses in here end up in the program's tables: it must stay for ever.
  builder.dynamic(DT_FLAGS_1, DF_1_NODELETE);
  builder.write_dynamic(relro);
  Addr state = builder.reserve_bss(3 * sizeof(std::uint32_t), alignof(std::uint32_t));
  Addr words = builder.reserve_bss(interposer.word_count() * sizeof(Addr), alignof(Addr));
  Addr next_words = builder.end();
  if (recipe.interposes) {
    interposer.write_code(builder, words);
    next_words = builder.reserve_bss(tables.symbols.size() * sizeof(Addr), alignof(Addr));
  }

  Native::write_stub_common(builder.at(common, Native::kStubCommonSize),
                            {.code = common,
                             .image = 0,
                             .symtab = symtab,
                             .state = state,
                             .header = header_at,
                             .lazy_entry = got + sizeof(Addr),
                             .init_entry = got,
                             .fini_entry = got + 2 * sizeof(Addr)});
  Addr stub_at = stubs;
  add_stubs(builder, tables, common, stub_at);
  add_data(builder, tables);
  std::memcpy(builder.at(symtab, tables.symbols.size_bytes()).data(), tables.symbols.data(),
              tables.symbols.size_bytes());

  for (std::size_t i = 0; i < std::size(kImports); ++i) {
    elf::Rela relocation = {};
    relocation.r_offset = got + i * sizeof(Addr);
    relocation.r_info = ELF64_R_INFO(1 + i, Native::kGlobDat);
    std::memcpy(builder.at(relocations + i * sizeof relocation, sizeof relocation).data(),
                &relocation, sizeof relocation);
  }
  auto relative = [&](Addr vaddr) { return static_cast<std::int64_t>(vaddr - header_at); };
  handoff::ShimHeader header = {.magic = handoff::kMagic,
                                .major = handoff::kMajor,
                                .minor = handoff::kMinor,
                                .size = sizeof header,
                                .first_symbol = tables.first_symbol,
                                .image = relative(0),
                                .symtab = relative(symtab),
                                .symbol_count = tables.symbols.size(),
                                .stubs = relative(stubs),
                                .stub_count = stub_count,
                                .state = relative(state),
                                .soname = relative(strtab + soname),
                                .request = relative(request_at),
                                .request_size = recipe.request.size()};
  if (recipe.interposes) {
    header.next = relative(interposer.next);
    header.allocation = relative(interposer.list);
    header.allocation_count = interposer.allocation.size();
    header.guards = relative(interposer.guards);
    header.guard_words = relative(words);
    header.next_words = relative(next_words);
  }
  std::memcpy(builder.at(header_at, sizeof header).data(), &header, sizeof header);
  return builder.finish()[0];  // nothing was referred to
}

}  // namespace bulkhead::image
