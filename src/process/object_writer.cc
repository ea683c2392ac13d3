#include "process/object_writer.h"

#include <string.h>
#include <sys/mman.h>

#include "base/keep_errno.h"
#include "base/page_size.h"

namespace bulkhead::process {
namespace {

using elf::Addr;

bool protect(Addr begin, Addr end, int protection) {
  return ::mprotect(reinterpret_cast<void*>(begin), end - begin, protection) == 0;
}

struct Range {
  Addr begin = 0, end = 0;
};

// ld.so protects whole pages inside the range only (_dl_protect_relro).
Range relro_of(const elf::Image& image) {
  const elf::Phdr* relro = image.find_header(PT_GNU_RELRO);
  if (relro == nullptr) return {};
  return {page_start(image.bias() + relro->p_vaddr),
          page_start(image.bias() + relro->p_vaddr + relro->p_memsz)};
}

}  // namespace

Writable::Writable(Addr address, std::size_t size) {
  start_ = page_start(address);
  size_ = page_end(address + size) - start_;
  ok_ = protect(start_, start_ + size_, PROT_READ | PROT_WRITE);
}

void Writable::prepare() {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, Linux 5.14; else it is refused
  KeepErrno keep;
  ::madvise(reinterpret_cast<void*>(start_), size_, kPopulateWrite);
}

Writable::~Writable() {
  if (ok_) protect(start_, start_ + size_, PROT_READ);
}

void unprotect(const elf::Image& image) {
  const Range relro = relro_of(image);
  if (relro.begin < relro.end) protect(relro.begin, relro.end, PROT_READ | PROT_WRITE);
}

ObjectWriter::ObjectWriter(const elf::Image& image) : image_(image) {
  const Range relro = relro_of(image);
  begin_ = relro.begin;
  end_ = relro.end;
}

ObjectWriter::~ObjectWriter() {
  if (opened_) protect(begin_, end_, PROT_READ);
}

bool ObjectWriter::write(Addr* word, Addr value) {
  if (!open(word)) return false;
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
  return true;
}

bool ObjectWriter::copy(void* to, const void* from, std::size_t size) {
  if (!open(to)) return false;
  ::memcpy(to, from, size);
  return true;
}

bool ObjectWriter::open(const void* place) {
  auto address = reinterpret_cast<Addr>(place);
  if (address < begin_ || address >= end_) return is_writable(address);
  if (!opened_) opened_ = protect(begin_, end_, PROT_READ | PROT_WRITE);
  return opened_;
}

// Text relocations are not.
bool ObjectWriter::is_writable(Addr address) const {
  Addr vaddr = address - image_.bias();
  for (const elf::Phdr& header : image_.program_headers()) {
    if (header.p_type == PT_LOAD && vaddr - header.p_vaddr < header.p_memsz) {
      return (header.p_flags & PF_W) != 0;
    }
  }
  return false;
}

}  // namespace bulkhead::process
