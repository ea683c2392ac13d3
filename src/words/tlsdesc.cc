#include "words/tlsdesc.h"

#include <optional>

#include "arch/machine.h"
#include "base/try.h"
#include "elf/relocs.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/questions.h"

namespace bulkhead::words {

using process::ObjectWriter;
namespace {

using arch::Native;
using elf::Addr;

// What takes the place of a function of ld.so's.
class Functions {
 public:
  explicit Functions(Arena& arena) : arena_(arena) {}

  Addr replacement(Addr function) {
    for (const Known& known : known_) {
      if (known.function == function) return known.replacement;
    }
    Known known{function, Native::saving_tls_function(function, kind_of(function))};
    known_[next_++ % std::size(known_)] = known;
    return known.replacement;
  }

 private:
  struct Known {
    Addr function, replacement;
  };

  Native::TlsFunction kind_of(Addr function) {
    if (!objects_) objects_ = process::base_objects(arena_);
    for (const process::BaseObject& object : *objects_) {
      if (!object.contains(function)) continue;
      Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
      if (!image) break;
      std::span<const std::byte> code = image->bytes_from(function - object.bias);
      return Native::read_tls_function(code.first(
          code.size() < Native::kTlsFunctionSize ? code.size() : Native::kTlsFunctionSize));
    }
    return Native::TlsFunction::unknown;
  }

  Arena& arena_;
  std::optional<List<process::BaseObject>> objects_;
  Known known_[3] = {};
  std::size_t next_ = 0;
};

bool contains(const elf::Image& image, Addr address) {
  return !image.bytes_from(address - image.bias()).empty();
}

// Before glibc 2.34 descriptors in DT_JMPREL may be bound at their first use: until then they
// lead into the library itself, and on to ld.so's binder, which keeps no vector registers
// either. So they are bound now, by a use, which gives this thread the library's variables. One
// whose symbol is not found is left as it is: ld.so would end the process.
bool bind(const elf::Image& image, const elf::Dynamic& dynamic, const elf::Relocation& relocation,
          std::span<link_map* const> scopes, Addr* descriptor) {
  const auto* symbol = image.object<elf::Sym>(
      dynamic.symtab + static_cast<Addr>(relocation.symbol) * sizeof(elf::Sym));
  if (symbol == nullptr) return false;
  if (relocation.symbol != elf::SymbolNumber::none && symbol->st_shndx == SHN_UNDEF &&
      elf::symbol_binding(*symbol) != STB_WEAK) {
    std::string_view name = dynamic.string(symbol->st_name);
    bool found = false;
    for (link_map* scope : scopes)
      found = found || process::symbol_by(scope, name.data()) != nullptr;
    process::forget_error();
    if (!found) return false;
  }
  Native::bind_tls_descriptor(descriptor);
  return !contains(image, *descriptor);
}

}  // namespace

Result<TlsDescriptorCount> save_registers(Arena& arena, const elf::Image& object,
                                          const elf::Dynamic& dynamic,
                                          std::span<link_map* const> scopes) {
  TlsDescriptorCount count;
  ObjectWriter writer(object);
  Functions functions(arena);
  auto visit = [&](const elf::Relocation& relocation) {
    if (relocation.type != Native::kTlsDescriptor) return;
    std::span<const Addr> words = object.array<Addr>(relocation.offset, 2);
    if (words.empty() || words[0] == 0) return;
    auto* descriptor = const_cast<Addr*>(words.data());
    if (contains(object, *descriptor) && !bind(object, dynamic, relocation, scopes, descriptor)) {
      ++count.left;
      return;
    }
    Addr function = *descriptor;
    Addr ours = functions.replacement(function);
    if (ours == function) return;
    writer.write(descriptor, ours) ? ++count.changed : ++count.left;
  };
  BH_TRY(elf::for_each_symbolic_relocation(object, dynamic, visit));
  return count;
}

}  // namespace bulkhead::words
