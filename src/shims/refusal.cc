#include "shims/refusal.h"

#include <string.h>

#include <algorithm>
#include <optional>

#include "arch/machine.h"
#include "elf/relocs.h"
#include "process/global_scope.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/questions.h"
#include "shims/shim.h"

namespace bulkhead::shims {

using elf::Addr;
using handoff::ShimHeader;

namespace {

elf::Record& record_of(const ShimHeader& shim) {
  return *LoadedShim(shim).at<elf::Record>(shim.refusal);
}

// Has the relocation name a symbol; 0 for none.
bool name_symbol(const ShimHeader& shim, std::uint32_t symbol) {
  elf::Record& record = record_of(shim);
  process::Writable page(reinterpret_cast<Addr>(&record), sizeof record);
  if (page.ok()) record.r_info = elf::make_relocation_info(symbol, arch::Native::kIndirect);
  return page.ok();
}

}  // namespace

// By the first word that only the load bias is added to; else by what is bound to a symbol.
bool is_relocated(const elf::Image& image, const elf::Dynamic& dynamic) {
  std::optional<bool> relocated;
  bool any = false, bound = false;
  auto visit = [&](const elf::Relocation& relocation) {
    any = true;
    if (relocated) return;
    std::span<const Addr> word = image.array<Addr>(relocation.offset, 1);
    if (word.empty()) return;
    if (relocation.type == arch::Native::kRelative) {
      relocated = word[0] == image.bias() + relocation.addend;
    } else if (relocation.type == arch::Native::kGlobDat) {
      bound = bound || word[0] != 0;
    }
  };
  if constexpr (elf::kHasAddends) {
    static_cast<void>(elf::for_each_relocation(image, dynamic, visit));
    if (relocated) return *relocated;
    // What is packed has the addend in the word.
    auto visit_packed = [&](Addr vaddr) {
      any = true;
      std::span<const Addr> word = image.array<Addr>(vaddr, 1);
      if (!relocated && !word.empty())
        relocated = !image.bytes_from(word[0] - image.bias()).empty();
    };
    static_cast<void>(elf::for_each_relative(image, dynamic, visit_packed));
    return relocated.value_or(bound || !any);
  }
  return false;
}

bool can_open_while_relocating() {
  // Tried with 2.36 and later.
  bool can = process::symbol_by(RTLD_DEFAULT, "arc4random", "GLIBC_2.36") != nullptr;
  if (!can) process::forget_error();
  return can;
}

bool would_leave_others() {
  bool found = false;
  process::for_each_base_object([&](const process::BaseObject& object) {
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) return false;
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
    if (!dynamic || (dynamic->flags_1 & DF_1_NODELETE) == 0) return false;
    bool ours = object.contains(reinterpret_cast<Addr>(&would_leave_others));
    found = !ours && !is_relocated(*image, *dynamic);
    return found;
  });
  return found;
}

bool would_initialise_others(Arena& arena) {
  std::size_t place = 0, last = 0;
  const link_map* found = nullptr;
  for (const link_map* each = process::program(); each != nullptr; each = process::next_of(each)) {
    ++place;
    if (!process::is_initialised_first(each)) continue;
    last = place;
    found = each;
  }
  if (last == 0) return false;
  process::BaseView base(arena);
  if (last <= process::program_scope_size(arena, base)) return false;
  for (const ShimHeader* shim : find_all_shims(arena)) {
    if (loaded_shim(*shim) == found) return !process::take_first_turn(arena);
  }
  return true;
}

void let_relocation_go_on(const ShimHeader& shim) {
  Result<elf::Image> image = elf::Image::of_mapped_object(LoadedShim(shim).image());
  if (image) process::unprotect(*image);
}

bool refuse(const ShimHeader& shim, std::string_view reason) {
  const LoadedShim loaded(shim);
  auto* text = loaded.at<char>(shim.refusal_text);
  std::size_t size = std::min<std::size_t>(reason.size(), shim.refusal_text_size - 1);
  ::memcpy(text, reason.data(), size);
  text[size] = '\0';
  {
    elf::Sym* symbol = loaded.symbols() + shim.refusal_symbol;
    process::Writable page(reinterpret_cast<Addr>(symbol), sizeof *symbol);
    if (!page.ok()) return false;
    symbol->st_name = static_cast<elf::Word>(text - loaded.at<char>(shim.strtab));
  }
  return name_symbol(shim, shim.refusal_symbol);
}

bool is_refused(const ShimHeader& shim) {
  return shim.minor >= handoff::kMinorWithCall &&
         elf::relocation_symbol(record_of(shim).r_info) != 0;
}

void readmit(const ShimHeader& shim) {
  if (is_refused(shim)) name_symbol(shim, 0);
}

}  // namespace bulkhead::shims
