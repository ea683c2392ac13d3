// Writing into loaded objects, whose pages may be protected.
#pragma once

#include <cstddef>

#include "elf/image.h"

namespace bulkhead::process {

// Makes the pages of a range writable until destroyed; then read-only again. A range that
// is writable anyway costs nothing if the caller says so by not using this.
class Writable {
 public:
  Writable(elf::Addr address, std::size_t size);
  ~Writable();
  Writable(const Writable&) = delete;
  Writable& operator=(const Writable&) = delete;
  bool ok() const { return ok_; }

  // For who is going to write to all of it: makes copies of its pages in one system call instead of
  // a page fault each.
  void prepare();

 private:
  elf::Addr start_;
  std::size_t size_;
  bool ok_;
};

// Makes writable for good what ld.so protects of an object (RELRO) when it has relocated it.
void unprotect(const elf::Image& image);

// Writes into one object. Its RELRO part is unprotected once, at the first write into it, and
// protected again at the end. What is not writable otherwise stays as it is.
class ObjectWriter {
 public:
  explicit ObjectWriter(const elf::Image& image);
  ~ObjectWriter();
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  // One store: other threads may read the word meanwhile. False if it cannot be written to.
  bool write(elf::Addr* word, elf::Addr value);

  bool copy(void* to, const void* from, std::size_t size);

 private:
  bool open(const void* place);
  bool is_writable(elf::Addr address) const;

  const elf::Image& image_;
  elf::Addr begin_ = 0;
  elf::Addr end_ = 0;
  bool opened_ = false;
};

}  // namespace bulkhead::process
