#include "shims/refusal.h"

#include <string.h>

#include <algorithm>

#include "arch/machine.h"
#include "elf/relocs.h"
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

// By the first word that only the load bias is added to.
bool is_relocated(const elf::Image& image, const elf::Dynamic& dynamic) {
  bool known = false, relocated = true;
  auto visit = [&](const elf::Relocation& relocation) {
    if (known || relocation.type != arch::Native::kRelative) return;
    std::span<const Addr> word = image.array<Addr>(relocation.offset, 1);
    if (word.empty()) return;
    known = true;
    relocated = word[0] == image.bias() + relocation.addend;
  };
  if constexpr (elf::kHasAddends) {
    static_cast<void>(elf::for_each_relocation(image, dynamic, visit));
  }
  return known && relocated;
}

}  // namespace

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
