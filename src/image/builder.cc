#include "image/builder.h"

#include <gnu/libc-version.h>

#include <cstring>

#include "arch/machine.h"
#include "base/text.h"

namespace bulkhead::image {
namespace {

using arch::Native;
using elf::Addr;

constexpr std::size_t kMaxHeaders = 9;
// Of what is laid out, in memory: more than any table asks for.
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHeadersEnd = sizeof(elf::Ehdr) + kMaxHeaders * sizeof(elf::Phdr);

// With CET active, ld.so refuses (or switches CET off for) an object without this note;
// every image we make keeps its promise, having only endbr-marked entries.
struct PropertyNote {
  std::uint32_t name_size = 4;
  std::uint32_t description_size = 16;
  std::uint32_t type = NT_GNU_PROPERTY_TYPE_0;
  char name[4] = {'G', 'N', 'U', 0};
  std::uint32_t property = Native::kPropertyType;
  std::uint32_t size = 4;
  std::uint32_t bits = Native::kPropertyBits;
  std::uint32_t padding = 0;
};

// Until glibc 2.34 ld.so relocates pointers of the dynamic section in place, whether or not it is
// in a writable segment; then it asks for the segment's flags (link_map::l_ld_readonly).
bool ld_so_accepts_constant_dynamic() {
  constexpr std::string_view kMajor = "2.";
  constexpr std::uint64_t kFirst = 35;
  std::string_view version = ::gnu_get_libc_version();
  std::uint64_t minor = 0;
  if (!version.starts_with(kMajor)) return false;
  version = drop(version, kMajor.size());
  return parse_number(take(version, version.find('.')), minor) && minor >= kFirst;
}

}  // namespace

Builder::Builder(Arena& arena, std::size_t expected_size)
    : arena_(&arena), dynamic_(arena), references_(arena) {
  ensure(kHeadersEnd + sizeof(PropertyNote) + expected_size);
  segment_ = {.p_type = PT_LOAD, .p_flags = PF_R, .p_align = Native::kMaxPageSize};
  size_ = kHeadersEnd;
  if constexpr (Native::kPropertyBits != 0) {
    PropertyNote note;
    Addr at = append(std::as_bytes(std::span(&note, 1)), 8);
    elf::Phdr header = {.p_type = PT_NOTE,
                        .p_flags = PF_R,
                        .p_offset = at,
                        .p_vaddr = at,
                        .p_paddr = at,
                        .p_filesz = sizeof note,
                        .p_memsz = sizeof note,
                        .p_align = 8};
    headers_[header_count_++] = header;
    header.p_type = PT_GNU_PROPERTY;
    headers_[header_count_++] = header;
  }
}

void Builder::ensure(std::size_t size) {
  if (size <= capacity_) return;
  std::size_t capacity = size > 2 * capacity_ ? size + 4096 : 2 * capacity_;
  auto* data = static_cast<std::byte*>(arena_->allocate(capacity, kAlignment));
  if (size_ != 0) std::memcpy(data, data_, size_);
  data_ = data;
  capacity_ = capacity;
}

void Builder::align(std::size_t alignment) {
  std::size_t aligned = (size_ + alignment - 1) & ~(alignment - 1);
  ensure(aligned);
  size_ = aligned;  // the arena's memory is zero already
}

Addr Builder::append(std::span<const std::byte> bytes, std::size_t alignment) {
  Addr at = reserve(bytes.size(), alignment);
  if (!bytes.empty()) std::memcpy(data_ + at, bytes.data(), bytes.size());
  return at;
}

Addr Builder::reserve(std::size_t size, std::size_t alignment) {
  align(alignment);
  ensure(size_ + size);
  Addr at = size_;
  size_ += size;
  return at;
}

Addr Builder::refer(std::span<const std::byte> bytes, std::size_t alignment) {
  Addr at = reserve(bytes.size(), alignment);
  references_.push_back({at, bytes});
  return at;
}

void Builder::end_segment() {
  segment_.p_filesz = size_ - segment_.p_offset;
  segment_.p_memsz = (bss_end_ != 0 ? bss_end_ : size_) - segment_.p_vaddr;
  headers_[header_count_++] = segment_;
}

void Builder::begin_segment(elf::Word flags) {
  end_segment();
  align(Native::kMaxPageSize);
  segment_ = {.p_type = PT_LOAD,
              .p_flags = flags,
              .p_offset = size_,
              .p_vaddr = size_,
              .p_paddr = size_,
              .p_align = Native::kMaxPageSize};
}

void Builder::dynamic(Addr tag, Addr value) {
  elf::Dyn entry = {};
  entry.d_tag = static_cast<decltype(entry.d_tag)>(tag);
  entry.d_un.d_val = value;
  dynamic_.push_back(entry);
}

void Builder::append_dynamic() {
  dynamic(DT_NULL, 0);
  Addr at = append_array(dynamic_.view());
  dynamic_at_ = at;
  std::size_t size = dynamic_.size() * sizeof(elf::Dyn);
  headers_[header_count_++] = {.p_type = PT_DYNAMIC,
                               .p_flags = segment_.p_flags,
                               .p_offset = at,
                               .p_vaddr = at,
                               .p_paddr = at,
                               .p_filesz = size,
                               .p_memsz = size,
                               .p_align = alignof(elf::Dyn)};
}

void Builder::write_dynamic() {
  if (ld_so_accepts_constant_dynamic()) return append_dynamic();
  begin_segment(PF_R | PF_W);
  write_dynamic(end());
}

void Builder::write_dynamic(Addr relro_start) {
  append_dynamic();
  // ld.so protects whole pages only, so the protected part is filled up to one.
  align(Native::kMaxPageSize);
  headers_[header_count_++] = {.p_type = PT_GNU_RELRO,
                               .p_flags = PF_R,
                               .p_offset = relro_start,
                               .p_vaddr = relro_start,
                               .p_paddr = relro_start,
                               .p_filesz = size_ - relro_start,
                               .p_memsz = size_ - relro_start,
                               .p_align = 1};
}

void Builder::thread_locals(Addr at, std::size_t size, std::size_t alignment) {
  headers_[header_count_++] = {.p_type = PT_TLS,
                               .p_flags = PF_R,
                               .p_offset = at,
                               .p_vaddr = at,
                               .p_paddr = at,
                               .p_filesz = 0,
                               .p_memsz = size,
                               .p_align = alignment};
}

Addr Builder::reserve_bss(std::size_t size, std::size_t alignment) {
  Addr start = bss_end_ != 0 ? bss_end_ : size_;
  start = (start + alignment - 1) & ~(Addr{alignment} - 1);
  bss_end_ = start + size;
  return start;
}

// Behind the last segment, in the file alone.
void Builder::append_sections(std::span<const Section> sections) {
  constexpr std::string_view kNames = ".shstrtab";
  StringTable names(*arena_, {});
  List<elf::Shdr> headers(*arena_);
  headers.push_back({});
  auto add = [&](const Section& section) {
    headers.push_back({.sh_name = static_cast<elf::Word>(names.add(section.name)),
                       .sh_type = section.type,
                       .sh_flags = section.flags,
                       .sh_addr = section.at,
                       .sh_offset = section.at,
                       .sh_size = section.size,
                       .sh_link = section.link,
                       .sh_info = section.info,
                       .sh_addralign = section.alignment,
                       .sh_entsize = section.entry_size});
  };
  for (const Section& section : sections) add(section);
  add({kNames, SHT_STRTAB, 0, 0, 0, 0, 0, 0, 1});
  headers.back().sh_offset = append(names.bytes(), 1);
  headers.back().sh_size = names.bytes().size();
  Addr at = append_array(headers.view());
  auto* header = reinterpret_cast<elf::Ehdr*>(data_);
  header->e_shoff = at;
  header->e_shentsize = sizeof(elf::Shdr);
  header->e_shnum = static_cast<elf::Half>(headers.size());
  header->e_shstrndx = static_cast<elf::Half>(headers.size() - 1);
}

Pieces Builder::finish(std::span<const Section> sections) {
  end_segment();
  if (!sections.empty()) append_sections(sections);
  // Without it x86 takes the object to want an executable stack.
  headers_[header_count_++] = {
      .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = Native::kStackAlignment};
  auto* header = reinterpret_cast<elf::Ehdr*>(data_);
  std::memcpy(header->e_ident, ELFMAG, SELFMAG);
  header->e_ident[EI_CLASS] = elf::kClass;
  header->e_ident[EI_DATA] = elf::kByteOrder;
  header->e_ident[EI_VERSION] = EV_CURRENT;
  header->e_type = ET_DYN;
  header->e_machine = Native::kMachine;
  header->e_version = EV_CURRENT;
  header->e_phoff = sizeof(elf::Ehdr);
  header->e_ehsize = sizeof(elf::Ehdr);
  header->e_phentsize = sizeof(elf::Phdr);
  header->e_phnum = static_cast<elf::Half>(header_count_);
  // PT_LOAD must be in ascending order, which they are: other types may stand between.
  std::memcpy(data_ + sizeof(elf::Ehdr), headers_, header_count_ * sizeof(elf::Phdr));
  List<std::span<const std::byte>> pieces(*arena_);
  std::size_t done = 0;
  for (const Reference& reference : references_) {
    pieces.push_back({data_ + done, reference.at - done});
    pieces.push_back(reference.bytes);
    done = reference.at + reference.bytes.size();
  }
  pieces.push_back({data_ + done, size_ - done});
  return pieces.view();
}

StringTable::StringTable(Arena& arena, std::span<const std::byte> initial, std::size_t expected)
    : text_(arena) {
  text_.reserve(expected);
  text_.append({reinterpret_cast<const char*>(initial.data()), initial.size()});
  if (text_.empty()) text_.push_back('\0');
}

Addr StringTable::add(std::string_view text) {
  Addr at = text_.size();
  text_.append({text.data(), text.size()});
  text_.push_back('\0');
  return at;
}

}  // namespace bulkhead::image
