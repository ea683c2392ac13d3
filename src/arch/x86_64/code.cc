#include "arch/machine.h"

namespace bulkhead::arch {
namespace {

// Appends instruction bytes and 32-bit displacements to a code buffer.
class Code {
 public:
  Code(std::span<std::byte> out, std::uint64_t address) : out_(out), address_(address) {}

  template <class... Bytes>
  void emit(Bytes... bytes) {
    ((out_[size_++] = static_cast<std::byte>(bytes)), ...);
  }
  void emit32(std::uint32_t value) {
    std::memcpy(out_.data() + size_, &value, 4);
    size_ += 4;
  }
  // A displacement relative to the end of the instruction, `tail` bytes after itself.
  void emit_relative(std::uint64_t target, std::uint64_t tail = 0) {
    emit32(static_cast<std::uint32_t>(target - (address_ + size_ + 4 + tail)));
  }
  void pad_to(std::size_t size, unsigned filler) {
    while (size_ < size) emit(filler);
  }

 private:
  std::span<std::byte> out_;
  std::uint64_t address_;
  std::size_t size_ = 0;
};

constexpr unsigned kInt3 = 0xcc;
constexpr std::size_t kSymbolValueOffset = 8;  // offsetof(Elf64_Sym, st_value)

}  // namespace

void X86_64::write_stub_common(std::span<std::byte> out, const StubTargets& to) {
  Code code(out, to.code);
  code.emit(0x83, 0x3d);  // cmpl $0, state(%rip)
  code.emit_relative(to.state, 1);
  code.emit(0x00);
  code.emit(0x74, 0x1b);        // je lazy
  code.emit(0x50);              // push %rax
  code.emit(0x48, 0x8d, 0x05);  // lea symtab(%rip), %rax
  code.emit_relative(to.symtab);
  code.emit(0x4e, 0x8b, 0x5c, 0xd8, kSymbolValueOffset);  // mov 8(%rax,%r11,8), %r11
  code.emit(0x48, 0x8d, 0x05);                            // lea image(%rip), %rax
  code.emit_relative(to.image);
  code.emit(0x49, 0x01, 0xc3);  // add %rax, %r11
  code.emit(0x58);              // pop %rax
  code.emit(0x41, 0xff, 0xe3);  // jmp *%r11
  // lazy starts at 9 + 0x1b = 36
  code.emit(0x41, 0x53);        // lazy: push %r11
  code.emit(0x4c, 0x8d, 0x1d);  // lea header(%rip), %r11
  code.emit_relative(to.header);
  code.emit(0xff, 0x25);  // jmp *lazy_entry(%rip)
  code.emit_relative(to.lazy_entry);
  code.pad_to(kInitOffset, kInt3);
  // DT_INIT: (argc, argv, envp) are of no use to the runtime; it is told which shim. And DT_FINI.
  auto tell = [&](std::uint64_t entry) {
    code.emit(0xf3, 0x0f, 0x1e, 0xfa);  // endbr64: ld.so calls it through a pointer
    code.emit(0x48, 0x8d, 0x3d);        // lea header(%rip), %rdi
    code.emit_relative(to.header);
    code.emit(0xff, 0x25);  // jmp *entry(%rip)
    code.emit_relative(entry);
  };
  tell(to.init_entry);
  code.pad_to(kFiniOffset, kInt3);
  tell(to.fini_entry);
  code.pad_to(kStubCommonSize, kInt3);
}

void X86_64::write_stub(std::span<std::byte> out, std::uint64_t code_address, std::uint64_t common,
                        std::uint32_t symbol_index) {
  Code code(out, code_address);
  code.emit(0xf3, 0x0f, 0x1e, 0xfa);  // endbr64
  code.emit(0x41, 0xbb);              // mov $imm32, %r11d
  code.emit32(3 * symbol_index);      // sizeof(Elf64_Sym) is 3 * 8
  code.emit(0xe9);                    // jmp common
  code.emit_relative(common);
  code.pad_to(kStubSize, kInt3);
}

void X86_64::write_trampoline(std::span<std::byte> out, std::uint64_t target) {
  Code code(out, 0);
  code.emit(0xf3, 0x0f, 0x1e, 0xfa);  // endbr64
  code.emit(0x49, 0xbb);              // movabs $target, %r11
  code.emit32(static_cast<std::uint32_t>(target));
  code.emit32(static_cast<std::uint32_t>(target >> 32U));
  code.emit(0x41, 0xff, 0xe3);  // jmp *%r11
  code.pad_to(kTrampolineSize, kInt3);
}

bool X86_64::read_stub(std::span<const std::byte> stub, std::uint32_t& symbol_index) {
  static constexpr unsigned char kStart[] = {0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0xbb};
  if (stub.size() < kStubSize || std::memcmp(stub.data(), kStart, sizeof kStart) != 0) return false;
  std::uint32_t scaled = 0;
  std::memcpy(&scaled, stub.data() + sizeof kStart, 4);
  symbol_index = scaled / 3;
  return scaled % 3 == 0;
}

void X86_64::write_guard(std::span<std::byte> out, std::uint64_t code_address, std::uint64_t range,
                         std::uint64_t words) {
  Code code(out, code_address);
  code.emit(0xf3, 0x0f, 0x1e, 0xfa);  // endbr64
  code.emit(0x49, 0x89, 0xfb);        // mov %rdi, %r11
  code.emit(0x4c, 0x2b, 0x1d);        // sub begin(%rip), %r11
  code.emit_relative(range);
  code.emit(0x4c, 0x3b, 0x1d);  // cmp size(%rip), %r11
  code.emit_relative(range + 8);
  code.emit(0x72, 0x06);  // jb early
  code.emit(0xff, 0x25);  // jmp *target(%rip)
  code.emit_relative(words);
  code.emit(0xff, 0x25);  // early: jmp *early(%rip)
  code.emit_relative(words + 8);
  code.pad_to(kGuardSize, kInt3);
}

void X86_64::write_next(std::span<std::byte> out) {
  Code code(out, 0);
  code.emit(0xf3, 0x0f, 0x1e, 0xfa);  // endbr64
  code.emit(0x48, 0x83, 0xec, 0x08);  // sub $8, %rsp: the psABI's alignment
  code.emit(0xff, 0xd1);              // call *%rcx
  code.emit(0x48, 0x83, 0xc4, 0x08);  // add $8, %rsp
  code.emit(0xc3);                    // ret
  code.pad_to(kNextSize, kInt3);
}

bool X86_64::is_empty_fini(std::span<const std::byte> code) {
  static constexpr unsigned char kBytes[] = {
      0xf3, 0x0f, 0x1e, 0xfa,  // endbr64
      0x48, 0x83, 0xec, 0x08,  // sub $8, %rsp
      0x48, 0x83, 0xc4, 0x08,  // add $8, %rsp
      0xc3,                    // ret
  };
  constexpr std::size_t kWithout = 4;
  auto starts_with = [&](const unsigned char* bytes, std::size_t size) {
    return code.size() >= size && std::memcmp(code.data(), bytes, size) == 0;
  };
  return starts_with(kBytes, sizeof kBytes) ||
         starts_with(kBytes + kWithout, sizeof kBytes - kWithout);
}

}  // namespace bulkhead::arch
