#include "process/slots.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "elf/relocs.h"

namespace bulkhead::process {
namespace {

using arch::Native;
using elf::Addr;

Addr page_size() { return ::getauxval(AT_PAGESZ); }

// A write into an object that may lie in its RELRO part, which is unprotected once, at
// the first such write.
class ObjectWriter {
 public:
  explicit ObjectWriter(const elf::Image& image) : image_(image) {
    if (const elf::Phdr* relro = image.find_header(PT_GNU_RELRO)) {
      // ld.so protects whole pages inside the range only (_dl_protect_relro).
      Addr page = page_size();
      begin_ = (image.bias() + relro->p_vaddr) & ~(page - 1);
      end_ = (image.bias() + relro->p_vaddr + relro->p_memsz) & ~(page - 1);
    }
  }
  ~ObjectWriter() {
    if (opened_) ::mprotect(reinterpret_cast<void*>(begin_), end_ - begin_, PROT_READ);
  }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  void write(Addr* word, Addr value) {
    if (!open(word)) return;  // the stub it leads to goes on working
    // Other threads may call through it meanwhile: one store, either value is right.
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
  }

  // Copies of constants lie in the RELRO part.
  void copy(Addr* to, const void* from, std::size_t size) {
    if (open(to)) ::memcpy(to, from, size);
  }

 private:
  bool open(const Addr* word) {
    auto address = reinterpret_cast<Addr>(word);
    if (address < begin_ || address >= end_) return is_writable(address);
    if (opened_) return true;
    opened_ =
        ::mprotect(reinterpret_cast<void*>(begin_), end_ - begin_, PROT_READ | PROT_WRITE) == 0;
    return opened_;
  }

  // Text relocations are not: the stub that their words lead to goes on working.
  bool is_writable(Addr address) const {
    Addr vaddr = address - image_.bias();
    for (const elf::Phdr& header : image_.program_headers()) {
      if (header.p_type == PT_LOAD && vaddr - header.p_vaddr < header.p_memsz) {
        return (header.p_flags & PF_W) != 0;
      }
    }
    return false;
  }

  const elf::Image& image_;
  Addr begin_ = 0;
  Addr end_ = 0;
  bool opened_ = false;
};

const Rebinding* shim_with_code(std::span<const Rebinding> shims, Addr address) {
  for (const Rebinding& shim : shims) {
    if (address >= shim.code_begin && address < shim.code_end) return &shim;
  }
  return nullptr;
}

const Rebinding* shim_with_data(std::span<const Rebinding> shims, Addr address) {
  for (const Rebinding& shim : shims) {
    if (address >= shim.data_begin && address < shim.data_end) return &shim;
  }
  return nullptr;
}

Addr address_in(const elf::Object& shim, std::size_t symbol) {
  return shim.image.bias() + shim.symbols[symbol].st_value;
}

}  // namespace

Writable::Writable(Addr address, std::size_t size) {
  Addr page = page_size();
  start_ = address & ~(page - 1);
  size_ = ((address + size + page - 1) & ~(page - 1)) - start_;
  ok_ = ::mprotect(reinterpret_cast<void*>(start_), size_, PROT_READ | PROT_WRITE) == 0;
}

Writable::~Writable() {
  if (ok_) ::mprotect(reinterpret_cast<void*>(start_), size_, PROT_READ);
}

std::size_t bind_import(const elf::Image& object, std::string_view name, Addr address) {
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(object);
  if (!dynamic) return 0;
  Result<elf::SymbolTable> symbols = elf::SymbolTable::read(object, *dynamic);
  if (!symbols) return 0;
  std::size_t count = 0;
  ObjectWriter writer(object);
  auto visit = [&](const elf::Relocation& relocation) {
    bool slot = relocation.type == Native::kGlobDat || relocation.type == Native::kJumpSlot;
    if (!slot || relocation.symbol == 0 || relocation.symbol >= symbols->size()) return;
    if (symbols->name(relocation.symbol) != name) return;
    writer.write(reinterpret_cast<Addr*>(object.bias() + relocation.offset), address);
    ++count;
  };
  Status visited = elf::for_each_relocation(object, *dynamic, visit);
  static_cast<void>(visited);
  return count;
}

RebindCount rebind(const BaseObject& object, std::span<const Rebinding> shims) {
  RebindCount count;
  Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
  if (!image) return count;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return count;  // a static program has no words that ld.so bound
  Result<elf::SymbolTable> symbols = elf::SymbolTable::read(*image, *dynamic);
  if (!symbols) return count;

  ObjectWriter writer(*image);
  // Whether the word held a stub's address; then it holds the function's.
  auto to_function = [&](Addr* word) {
    Addr bound = *word;
    const Rebinding* shim = shim_with_code(shims, bound);
    if (shim == nullptr || (bound - shim->code_begin) % Native::kStubSize != 0) return false;
    std::uint32_t index = 0;
    if (!Native::read_stub({reinterpret_cast<const std::byte*>(bound), Native::kStubSize}, index)) {
      return false;
    }
    writer.write(word, address_in(*shim->shim, index));
    ++count.functions;
    return true;
  };
  auto visit = [&](const elf::Relocation& relocation) {
    bool slot = relocation.type == Native::kGlobDat || relocation.type == Native::kJumpSlot ||
                relocation.type == Native::kAbsolute;
    bool copy = relocation.type == Native::kCopy;
    if ((!slot && !copy) || relocation.symbol == 0) return;
    auto* word = reinterpret_cast<Addr*>(object.bias + relocation.offset);
    if (copy) {
      if (relocation.symbol >= symbols->size()) return;
      std::size_t size = (*symbols)[relocation.symbol].st_size;
      for (const Rebinding& shim : shims) {
        std::optional<std::size_t> found = shim.shim->find(symbols->name(relocation.symbol), {});
        if (!found || elf::symbol_type(shim.shim->symbols[*found]) != STT_OBJECT) continue;
        const elf::Sym& source = shim.shim->symbols[*found];
        size = size < source.st_size ? size : source.st_size;
        writer.copy(word, reinterpret_cast<const void*>(address_in(*shim.shim, *found)), size);
        ++count.copies;
        return;
      }
      // Another library's data, copied with the addresses of stubs in it: a table of functions.
      if (relocation.offset % sizeof(Addr) != 0) return;
      for (std::size_t i = 0; i < size / sizeof(Addr); ++i) to_function(word + i);
      return;
    }
    if (to_function(word)) return;
    Addr bound = *word;
    if (const Rebinding* data = shim_with_data(shims, bound)) {
      if (relocation.symbol >= symbols->size()) return;
      std::optional<std::size_t> found = data->shim->find(symbols->name(relocation.symbol), {});
      if (!found) return;
      writer.write(word, address_in(*data->shim, *found) + relocation.addend);
      ++count.data;
    }
  };
  // Relocations were valid for ld.so; an error here would have stopped the program.
  Status visited = elf::for_each_relocation(*image, *dynamic, visit);
  static_cast<void>(visited);
  return count;
}

}  // namespace bulkhead::process
