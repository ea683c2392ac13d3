// Puts copies of the templates into images. See templates.h.
#include <link.h>

#include <cstring>

#include "arch/machine.h"
#include "arch/x86_64/templates.h"

namespace bulkhead::arch {
namespace {

using Address = std::uint64_t;

static_assert(sizeof(ElfW(Sym)) == BULKHEAD_SYMBOL_SCALE * BULKHEAD_SYMBOL_WORD);
static_assert(offsetof(ElfW(Sym), st_value) == BULKHEAD_SYMBOL_VALUE);

// A copy of a template that will lie at an address of the image.
class Copy {
 public:
  template <std::size_t Size>
  Copy(std::span<std::byte> out, const std::byte (&from)[Size], Address address = 0)
      : out_(out), from_(from), address_(address) {
    std::memcpy(out.data(), from, Size);
  }

  // Makes the displacement at `label` one to `target`.
  void refer(const std::byte* label, Address target) {
    std::uint32_t displacement = 0;
    std::memcpy(&displacement, label, sizeof displacement);
    displacement += static_cast<std::uint32_t>(target - address_);
    set(label, displacement);
  }

  template <class T>
  void set(const std::byte* label, T value) {
    std::memcpy(out_.data() + (label - from_), &value, sizeof value);
  }

 private:
  std::span<std::byte> out_;
  const std::byte* from_;
  Address address_;
};

bool starts_with(std::span<const std::byte> code, std::span<const std::byte> with) {
  return code.size() >= with.size() && std::memcmp(code.data(), with.data(), with.size()) == 0;
}

}  // namespace

void X86_64::write_stub_common(std::span<std::byte> out, const StubTargets& to) {
  Copy copy(out, bulkhead_template_common, to.code);
  copy.refer(bulkhead_template_common_state, to.state);
  copy.refer(bulkhead_template_common_symtab, to.symtab);
  copy.refer(bulkhead_template_common_image, to.image);
  copy.refer(bulkhead_template_common_header, to.header);
  copy.refer(bulkhead_template_common_lazy, to.lazy_entry);
  copy.refer(bulkhead_template_common_init_header, to.header);
  copy.refer(bulkhead_template_common_init, to.init_entry);
  copy.refer(bulkhead_template_common_fini_header, to.header);
  copy.refer(bulkhead_template_common_fini, to.fini_entry);
  copy.refer(bulkhead_template_common_relocate_header, to.header);
  copy.refer(bulkhead_template_common_relocate, to.relocate_entry);
}

void X86_64::write_stub(std::span<std::byte> out, std::uint64_t address, std::uint64_t common,
                        std::uint32_t symbol) {
  Copy copy(out, bulkhead_template_stub, address);
  copy.set(bulkhead_template_stub_index, BULKHEAD_SYMBOL_SCALE * symbol);
  copy.refer(bulkhead_template_stub_common, common);
}

bool X86_64::read_stub(std::span<const std::byte> stub, std::uint32_t& symbol) {
  std::span start(bulkhead_template_stub, bulkhead_template_stub_index);
  if (stub.size() < kStubSize || !starts_with(stub, start)) return false;
  std::uint32_t word = 0;
  std::memcpy(&word, stub.data() + start.size(), sizeof word);
  symbol = symbol_of_stub(word);
  return word % BULKHEAD_SYMBOL_SCALE == 0;
}

void X86_64::write_guard(std::span<std::byte> out, std::uint64_t address, std::uint64_t range,
                         std::uint64_t words) {
  Copy copy(out, bulkhead_template_guard, address);
  copy.refer(bulkhead_template_guard_begin, range);
  copy.refer(bulkhead_template_guard_size, range + sizeof(Address));
  copy.refer(bulkhead_template_guard_target, words);
  copy.refer(bulkhead_template_guard_early, words + sizeof(Address));
}

void X86_64::write_next(std::span<std::byte> out) { Copy(out, bulkhead_template_next); }

void X86_64::write_trampoline(std::span<std::byte> out, std::uint64_t target) {
  Copy(out, bulkhead_template_trampoline).set(bulkhead_template_trampoline_target, target);
}

bool X86_64::is_empty_fini(std::span<const std::byte> code) {
  std::span whole(bulkhead_template_empty_fini);
  std::size_t mark = bulkhead_template_empty_fini_without - bulkhead_template_empty_fini;
  return starts_with(code, whole) || starts_with(code, whole.subspan(mark));
}

bool X86_64::is_empty_init(std::span<const std::byte> code) {
  std::span whole(bulkhead_template_empty_init);
  auto at = [&](const std::byte* label) {
    return static_cast<std::size_t>(label - bulkhead_template_empty_init);
  };
  // Between the two is where __gmon_start__'s address is kept.
  const std::size_t start = at(bulkhead_template_empty_init_start);
  const std::size_t rest = start + sizeof(std::uint32_t);
  for (std::size_t mark : {std::size_t{0}, at(bulkhead_template_empty_init_without)}) {
    if (code.size() < whole.size() - mark) continue;
    if (starts_with(code, whole.subspan(mark, start - mark)) &&
        starts_with(code.subspan(rest - mark), whole.subspan(rest))) {
      return true;
    }
  }
  return false;
}

}  // namespace bulkhead::arch
