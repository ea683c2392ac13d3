#include "image/shim.h"

#include <algorithm>
#include <cstring>

#include "arch/machine.h"
#include "handoff/handoff.h"
#include "image/builder.h"
#include "image/interposer.h"
#include "image/relocations.h"
#include "image/tables.h"
#include "image/tls_block.h"

namespace bulkhead::image {
namespace {

using arch::Native;
using elf::Addr;

constexpr std::string_view kRuntime = "libbulkhead.so.0";
// What a shim imports, in this order in its symbol table. The second one is imported by nobody
// unless a dlopen is refused: shims/refusal.h.
constexpr std::string_view kImports[] = {"bulkhead_shim_entries", "bulkhead_refusal"};
enum : std::uint32_t { kEntries = 1, kRefusal };  // their indices
// The entries of the runtime, with a word each.
enum : std::size_t { kInit, kLazy, kFini, kRelocate, kEntryCount };
constexpr std::size_t kRefusalText = 1024;
// Relocations that call the runtime: one for the opening, one that can refuse.
constexpr std::size_t kIndirections = 2;
constexpr std::string_view kImportVersion = "BULKHEAD_0";
constexpr std::size_t kMaxStrings = 1U << 26U;  // bytes; the largest libraries have some 10 MB

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
void add_stubs(Builder& builder, Tables& tables, Addr code, Addr stub_at) {
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    elf::Sym& symbol = tables.symbols[i];
    if (symbol.st_shndx == SHN_UNDEF || !is_code(symbol)) continue;
    Native::write_stub(builder.at(stub_at, Native::kStubSize), stub_at, code, i);
    symbol.st_value = stub_at;
    symbol.st_size = Native::kStubSize;
    symbol.st_info = elf::make_symbol_info(
        elf::symbol_binding(symbol) == STB_WEAK ? STB_WEAK : STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = kTextSection;
    stub_at += Native::kStubSize;
  }
}

// Room for data that a program may copy into itself: exact sizes, in writable memory.
void add_data(Builder& builder, Tables& tables, bool keep_unique) {
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    elf::Sym& symbol = tables.symbols[i];
    // Absolute: what old binutils make of version names; nobody binds to it.
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) continue;
    if (is_data(symbol)) {
      symbol.st_value = builder.reserve_bss(symbol.st_size, alignment_of(symbol));
      unsigned binding = elf::symbol_binding(symbol) == STB_WEAK ? STB_WEAK : STB_GLOBAL;
      if (keep_unique && is_unique(symbol)) binding = STB_GNU_UNIQUE;
      symbol.st_info = elf::make_symbol_info(binding, STT_OBJECT);
      symbol.st_shndx = kBssSection;
    } else if (elf::symbol_type(symbol) == STT_TLS) {
      symbol = tls_stand_in(symbol);
      symbol.st_shndx = kTbssSection;
    } else if (!is_code(symbol)) {
      symbol = {.st_name = symbol.st_name};
    }
  }
}

void leave_out_vague(Tables& tables, const elf::Strings& names) {
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    elf::Sym& symbol = tables.symbols[i];
    if (symbol.st_shndx == SHN_UNDEF) continue;
    if (has_vague_linkage(names.string(symbol.st_name), symbol))
      symbol = {.st_name = symbol.st_name};
  }
}

// What an interposer has besides.
struct Interposer {
  std::span<const handoff::AllocationFunction> allocation;
  std::size_t guard_count = 0;
  Addr list = 0, guards = 0;       // read-only data; code
  Addr words = 0, next_words = 0;  // zeroed memory

  // Begin and size of the early heap, then two words a guard.
  std::size_t word_count() const { return guard_count == 0 ? 0 : 2 + 2 * guard_count; }

  void write_code(Builder& builder) const {
    for (std::size_t i = 0; i < guard_count; ++i) {
      Addr guard = guards + i * Native::kGuardSize;
      Native::write_guard(builder.at(guard, Native::kGuardSize), guard, words,
                          words + (2 + 2 * i) * sizeof(Addr));
    }
  }
};

// A shim in four steps: its tables, room for all that it has, its code, its header.
class Shim {
 public:
  // The tables.
  Shim(Arena& arena, const ShimRecipe& recipe)
      : recipe_(recipe),
        strings_(arena, recipe.target->dynamic.strings().bytes()),
        tables_(clone_tables(arena, strings_,
                             {recipe.target, kImports, {}, kImportVersion, kRuntime, kEntries})),
        interposer_(find_interposer(arena)),
        unique_references_(recipe.interposes ? std::span<const elf::Word>{}
                                             : unique_references(arena, *recipe.target)),
        soname_(strings_.add(recipe.soname)),
        runtime_(strings_.add(kRuntime)),
        search_path_(strings_.add(recipe.search_path)),
        builder_(arena, count_parts()) {}

  void make_room() {
    make_room_to_read();
    Relocations relocations(builder_, kEntryCount + unique_count_ + kIndirections +
                                          (has_thread_locals_ ? TlsBlock::kRelocations : 0));
    Relocations lazy(builder_, 1);
    interposer_.list = builder_.append_array(interposer_.allocation);
    make_room_for_code();
    make_room_to_write(relocations, lazy);
  }

  void write_code() {
    Native::write_stub_common(builder_.at(common_, Native::kStubCommonSize),
                              {.code = common_,
                               .image = 0,
                               .symtab = symtab_,
                               .state = state_,
                               .header = header_,
                               .lazy_entry = got_ + kLazy * sizeof(Addr),
                               .init_entry = got_ + kInit * sizeof(Addr),
                               .fini_entry = got_ + kFini * sizeof(Addr),
                               .relocate_entry = got_ + kRelocate * sizeof(Addr)});
    add_stubs(builder_, tables_, common_, stubs_);
    Native::write_next(builder_.at(call_, Native::kNextSize));
    std::memcpy(builder_.at(lazy_slot_, sizeof call_).data(), &call_, sizeof call_);
    if (recipe_.interposes) interposer_.write_code(builder_);
    // Of the symbols, too, each place is known only now.
    add_data(builder_, tables_, !recipe_.interposes);
    std::memcpy(builder_.at(symtab_, tables_.symbols.size_bytes()).data(), tables_.symbols.data(),
                tables_.symbols.size_bytes());
  }

  void write_header() {
    auto relative = [&](Addr vaddr) { return static_cast<std::int64_t>(vaddr - header_); };
    handoff::ShimHeader header = {.magic = handoff::kMagic,
                                  .major = handoff::kMajor,
                                  .minor = handoff::kMinor,
                                  .size = sizeof header,
                                  .first_symbol = tables_.first_symbol,
                                  .image = relative(0),
                                  .symtab = relative(symtab_),
                                  .symbol_count = tables_.symbols.size(),
                                  .stubs = relative(stubs_),
                                  .stub_count = stub_count_,
                                  .state = relative(state_),
                                  .soname = relative(strtab_ + soname_),
                                  .request = relative(request_),
                                  .request_size = recipe_.request.size(),
                                  .call = relative(call_),
                                  .lazy_slot = relative(lazy_slot_),
                                  .imports = relative(got_),
                                  .refusal = relative(refusal_),
                                  .strtab = relative(strtab_),
                                  .refusal_text = relative(refusal_text_),
                                  .refusal_text_size = kRefusalText,
                                  .refusal_symbol = kRefusal};
    if (recipe_.interposes) {
      header.next = relative(call_);
      header.allocation = relative(interposer_.list);
      header.allocation_count = interposer_.allocation.size();
      header.guards = relative(interposer_.guards);
      header.guard_words = relative(interposer_.words);
      header.next_words = relative(interposer_.next_words);
    }
    std::memcpy(builder_.at(header_, sizeof header).data(), &header, sizeof header);
  }

  std::span<const std::byte> finish(Arena& arena) {
    return builder_.finish(sections(arena))[0];  // nothing was referred to
  }

 private:
  Interposer find_interposer(Arena& arena) {
    Interposer interposer;
    if (!recipe_.interposes) return interposer;
    leave_out_vague(tables_, strings_.strings());
    interposer.allocation = allocation_functions(arena, tables_, strings_.strings());
    for (const auto& each : interposer.allocation) {
      if (handoff::has_guard(each.kind)) ++interposer.guard_count;
    }
    return interposer;
  }

  // Of the library's own marks those that mean the same for the shim.
  Addr kept_marks() const {
    const Addr first = recipe_.target->dynamic.flags_1 & DF_1_INITFIRST;
    return (recipe_.interposes ? 0 : first) | (recipe_.not_for_dlopen ? DF_1_NOOPEN : 0);
  }

  // Returns about how many bytes the image will have.
  std::size_t count_parts() {
    for (const elf::Sym& symbol : tables_.symbols) {
      if (symbol.st_shndx == SHN_UNDEF) continue;
      if (is_code(symbol)) ++stub_count_;
      if (is_referred_to(symbol)) ++unique_count_;
      has_thread_locals_ = has_thread_locals_ || elf::symbol_type(symbol) == STT_TLS;
    }
    constexpr std::size_t kRest = 65536;
    return tables_.gnu_hash.size() + tables_.symbols.size_bytes() + strings_.bytes().size() +
           tables_.definitions.size() + stub_count_ * Native::kStubSize + kRest;
  }

  void make_room_to_read() {
    for (std::string_view name : recipe_.companions) {
      builder_.dynamic(DT_NEEDED, strings_.add(name));
    }
    // After all that the library itself brings, so that in lookup nothing of ours stands before it.
    builder_.dynamic(DT_NEEDED, runtime_);
    builder_.dynamic(DT_SONAME, soname_);
    // The runtime lies beside the shim, however the shim was found.
    builder_.dynamic(DT_RUNPATH, search_path_);
    places_ = add_tables(builder_, tables_);
    symtab_ = places_.symbols;
    strtab_ = builder_.append(strings_.bytes(), 1);
    builder_.dynamic(DT_STRTAB, strtab_);
    builder_.dynamic(DT_STRSZ, strings_.bytes().size());
    header_ = builder_.reserve(sizeof(handoff::ShimHeader), alignof(handoff::ShimHeader));
    builder_.dynamic(handoff::kDtShimHeader, header_);
    request_ = builder_.append(as_bytes(recipe_.request), 1);
  }

  void make_room_for_code() {
    constexpr std::size_t kCacheLine = 64;
    builder_.begin_segment(PF_R | PF_X);
    common_ = builder_.reserve(Native::kStubCommonSize, kCacheLine);
    stubs_ = builder_.reserve(stub_count_ * Native::kStubSize, Native::kStubSize);
    call_ = builder_.reserve(Native::kNextSize, Native::kCodeAlignment);
    if (recipe_.interposes) {
      interposer_.guards =
          builder_.reserve(interposer_.guard_count * Native::kGuardSize, Native::kCodeAlignment);
    }
    code_end_ = builder_.end();
  }

  // A function that nobody calls: by its slot the runtime sees how ld.so binds.
  void make_room_for_lazy_slot(Relocations& lazy) {
    constexpr std::size_t kReserved = 3;  // words that ld.so takes for itself, as the psABI says
    Addr table = builder_.reserve((kReserved + 1) * sizeof(Addr), sizeof(Addr));
    lazy_slot_ = table + kReserved * sizeof(Addr);
    lazy.add(lazy_slot_, kEntries, Native::kJumpSlot);
    builder_.dynamic(DT_PLTGOT, table);
    lazy.name_as_lazy();
  }

  // The string table begins as a copy of the library's.
  bool is_referred_to(const elf::Sym& symbol) const {
    return symbol.st_shndx != SHN_UNDEF && is_unique(symbol) &&
           std::ranges::find(unique_references_, symbol.st_name) != unique_references_.end();
  }

  // References to the shim's own names, as the library has them: by these ld.so knows the first
  // definition, whichever library asks next, and the runtime sees which that is.
  void make_room_for_unique(Relocations& relocations) {
    // Which is its own for a library linked with -Bsymbolic.
    bool symbolic = (recipe_.target->dynamic.flags & DF_SYMBOLIC) != 0;
    if (symbolic && unique_count_ != 0) builder_.dynamic(DT_FLAGS, DF_SYMBOLIC);
    Addr word = builder_.reserve(unique_count_ * sizeof(Addr), sizeof(Addr));
    for (std::uint32_t i = tables_.first_symbol; unique_count_ != 0 && i < tables_.symbols.size();
         ++i) {
      if (!is_referred_to(tables_.symbols[i])) continue;
      relocations.add(word, i, Native::kGlobDat);
      word += sizeof(Addr);
    }
  }

  std::span<const Section> sections(Arena& arena) const {
    enum : elf::Word { kDynsym = kFirstFreeSection, kDynstr };
    constexpr Addr kAlloc = SHF_ALLOC, kWrite = SHF_ALLOC | SHF_WRITE;
    List<Section> list(arena);
    list.push_back({".text", SHT_PROGBITS, kAlloc | SHF_EXECINSTR, common_, code_end_ - common_});
    list.push_back({".bss", SHT_NOBITS, kWrite, state_, builder_.bss_end() - state_});
    list.push_back({".tbss", SHT_NOBITS, kWrite | SHF_TLS, tls_, tls_ != 0 ? sizeof(Addr) : 0});
    list.push_back({".dynsym", SHT_DYNSYM, kAlloc, symtab_, tables_.symbols.size_bytes(), kDynstr,
                    1, sizeof(elf::Sym)});
    list.push_back({".dynstr", SHT_STRTAB, kAlloc, strtab_, strings_.bytes().size(), 0, 0, 0, 1});
    list.push_back(
        {".gnu.hash", SHT_GNU_HASH, kAlloc, places_.gnu_hash, tables_.gnu_hash.size(), kDynsym});
    if (!tables_.versions.empty()) {
      list.push_back({".gnu.version", SHT_GNU_versym, kAlloc, places_.versions,
                      tables_.versions.size_bytes(), kDynsym, 0, sizeof(elf::Versym), 2});
    }
    if (!tables_.definitions.empty()) {
      list.push_back({".gnu.version_d", SHT_GNU_verdef, kAlloc, places_.definitions,
                      tables_.definitions.size(), kDynstr,
                      static_cast<elf::Word>(tables_.definition_count)});
    }
    if (!tables_.needs.empty()) {
      list.push_back({".gnu.version_r", SHT_GNU_verneed, kAlloc, places_.needs,
                      tables_.needs.size(), kDynstr, 1});
    }
    list.push_back({".dynamic", SHT_DYNAMIC, kWrite, builder_.dynamic_at(), builder_.dynamic_size(),
                    kDynstr, 0, sizeof(elf::Dyn)});
    return list.view();
  }

  void make_room_to_write(Relocations& relocations, Relocations& lazy) {
    builder_.begin_segment(PF_R | PF_W);
    Addr relro = builder_.end();
    got_ = builder_.reserve(kEntryCount * sizeof(Addr), sizeof(Addr));
    for (std::size_t i = 0; i < kEntryCount; ++i) {
      relocations.add(got_ + i * sizeof(Addr), kEntries, Native::kAbsolute,
                      i * handoff::kEntrySize);
    }
    make_room_for_unique(relocations);
    // ld.so does these after all others, in this order.
    Addr unused = builder_.reserve(sizeof(Addr), sizeof(Addr));
    for (std::size_t i = 0; i < kIndirections; ++i) {
      refusal_ = relocations.add(unused, 0, Native::kIndirect, common_ + Native::kRelocateOffset);
    }
    make_room_for_lazy_slot(lazy);
    if (has_thread_locals_) {
      tls_ = builder_.reserve(TlsBlock::kWords * sizeof(Addr), sizeof(Addr));
      add_tls_block(builder_, tls_, relocations);
    }
    relocations.name();
    builder_.dynamic(DT_INIT, common_ + Native::kInitOffset);
    builder_.dynamic(DT_FINI, common_ + Native::kFiniOffset);
    if (const Addr marks = kept_marks(); marks != 0) builder_.dynamic(DT_FLAGS_1, marks);
    builder_.write_dynamic(relro);
    state_ = builder_.reserve_bss(4 * sizeof(std::uint32_t), alignof(std::uint32_t));
    refusal_text_ = builder_.reserve_bss(kRefusalText, 1);
    interposer_.words =
        builder_.reserve_bss(interposer_.word_count() * sizeof(Addr), alignof(Addr));
    if (recipe_.interposes) {
      interposer_.next_words =
          builder_.reserve_bss(tables_.symbols.size() * sizeof(Addr), alignof(Addr));
    }
  }

  const ShimRecipe& recipe_;
  StringTable strings_;
  Tables tables_;
  Interposer interposer_;
  std::span<const elf::Word> unique_references_;
  std::size_t stub_count_ = 0;
  std::size_t unique_count_ = 0;
  bool has_thread_locals_ = false;
  Addr soname_, runtime_, search_path_;  // in the string table
  Builder builder_;
  TablePlaces places_;
  // vaddrs, in the order of the image
  Addr symtab_ = 0, strtab_ = 0, header_ = 0, request_ = 0, common_ = 0, stubs_ = 0, call_ = 0,
       code_end_ = 0, got_ = 0, lazy_slot_ = 0, tls_ = 0, state_ = 0, refusal_ = 0,
       refusal_text_ = 0;
};

}  // namespace

Result<std::span<const std::byte>> build_shim(Arena& arena, const ShimRecipe& recipe) {
  if (recipe.target->dynamic.strings().bytes().size() > kMaxStrings) {
    return fail(Fault::limit, "has an absurdly large string table", recipe.soname);
  }
  // Variables come out of the table, their sizes too, and lie behind each other in memory.
  constexpr Addr kMaxData = Addr{1} << 36U;
  Addr data = 0;
  for (elf::SymbolIndex i : recipe.target->symbols.indices()) {
    const elf::Sym& symbol = recipe.target->symbols[i];
    if (!is_data(symbol) || symbol.st_shndx == SHN_UNDEF) continue;
    if (symbol.st_size > kMaxData - data) {
      return fail(Fault::limit, "has variables of an absurd size", recipe.soname);
    }
    data += symbol.st_size;
  }
  Shim shim(arena, recipe);
  shim.make_room();
  shim.write_code();
  shim.write_header();
  return shim.finish(arena);
}

}  // namespace bulkhead::image
