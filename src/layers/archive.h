// libarchive, as far as it is needed: tar, read from bytes that come from anywhere.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>

#include "layers/stream.h"

namespace bulkhead::layers {

using Archive = std::unique_ptr<struct archive, int (*)(struct archive*)>;

// What a compressed stream holds; another one is as it is.
class Decompressed final : public Stream {
 public:
  explicit Decompressed(Stream& from);
  std::size_t read(std::span<char> into) override;
  // Whether there was something to decompress.
  bool is_compressed() const;

 private:
  Archive archive_;
  bool is_empty_ = false;
};

// A tar archive that the stream is.
class TarReader {
 public:
  explicit TarReader(Stream& from);
  // The next entry, or null at the end. Fails on what is damaged.
  struct archive_entry* next();
  struct archive* get() {
    return archive_.get();
  }
  // Of the entry.
  std::size_t read(std::span<char> into);

 private:
  Archive archive_;
};

std::string path_of(struct archive_entry* entry);

// With libarchive's words for it.
[[noreturn]] void fail_for(struct archive* archive);

}  // namespace bulkhead::layers
