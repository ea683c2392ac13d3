#include "layers/archive.h"

#include <errno.h>

#include <array>
#include <exception>
#include <string_view>

#include "layers/failure.h"

namespace bulkhead::layers {
namespace {

constexpr std::size_t kBuffer = 128U << 10U;

// What libarchive reads from. An exception does not pass through a library of C: it is kept.
struct Source {
  explicit Source(Stream& stream) : from(stream) {}
  Stream& from;
  std::array<char, kBuffer> buffer{};
};

la_ssize_t read_source(struct archive* archive, void* context, const void** bytes) {
  auto& source = *static_cast<Source*>(context);
  *bytes = source.buffer.data();
  try {
    return static_cast<la_ssize_t>(source.from.read(source.buffer));
  } catch (const std::exception& error) {
    ::archive_set_error(archive, EIO, "%s", error.what());
    return -1;
  }
}

int close_source(struct archive*, void* context) {
  delete static_cast<Source*>(context);
  return ARCHIVE_OK;
}

Archive new_archive() {
  Archive archive(::archive_read_new(), ::archive_read_free);
  if (archive == nullptr) throw Failure("out of memory");
  return archive;
}

void open(struct archive* archive, Stream& from) {
  auto source = std::make_unique<Source>(from);
  // It closes the source itself, also if this fails.
  const int status =
      ::archive_read_open(archive, source.release(), nullptr, read_source, close_source);
  if (status != ARCHIVE_OK) fail_for(archive);
}

std::size_t read_data(struct archive* archive, std::span<char> into) {
  const la_ssize_t size = ::archive_read_data(archive, into.data(), into.size());
  if (size < 0) fail_for(archive);
  return static_cast<std::size_t>(size);
}

}  // namespace

void fail_for(struct archive* archive) {
  const char* text = ::archive_error_string(archive);
  if (text != nullptr && std::string_view(text) == "Unrecognized archive format") {
    throw Failure(
        "is no archive; an image is what docker save writes, or an OCI layout (podman save, skopeo "
        "copy)");
  }
  throw Failure(text == nullptr ? "is damaged" : text);
}

Decompressed::Decompressed(Stream& from) : archive_(new_archive()) {
  // These only: libarchive has programs started for some others.
  ::archive_read_support_filter_gzip(archive_.get());
  ::archive_read_support_filter_xz(archive_.get());
  ::archive_read_support_filter_bzip2(archive_.get());
  ::archive_read_support_filter_zstd(archive_.get());
  ::archive_read_support_format_raw(archive_.get());
  ::archive_read_support_format_empty(archive_.get());
  open(archive_.get(), from);
  struct archive_entry* entry = nullptr;
  const int status = ::archive_read_next_header(archive_.get(), &entry);
  is_empty_ = status == ARCHIVE_EOF;
  if (status != ARCHIVE_OK && !is_empty_) fail_for(archive_.get());
}

std::size_t Decompressed::read(std::span<char> into) {
  return is_empty_ ? 0 : read_data(archive_.get(), into);
}

bool Decompressed::is_compressed() const {
  return ::archive_filter_code(archive_.get(), 0) != ARCHIVE_FILTER_NONE;
}

TarReader::TarReader(Stream& from) : archive_(new_archive()) {
  ::archive_read_support_format_tar(archive_.get());
  ::archive_read_support_format_empty(archive_.get());
  open(archive_.get(), from);
}

struct archive_entry* TarReader::next() {
  struct archive_entry* entry = nullptr;
  const int status = ::archive_read_next_header(archive_.get(), &entry);
  if (status == ARCHIVE_EOF) return nullptr;
  // A warning is about a name that is not of this locale, which is a name all the same.
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail_for(archive_.get());
  return entry;
}

std::size_t TarReader::read(std::span<char> into) { return read_data(archive_.get(), into); }

std::string path_of(struct archive_entry* entry) {
  const char* path = ::archive_entry_pathname(entry);
  if (path == nullptr) path = ::archive_entry_pathname_utf8(entry);
  if (path == nullptr) throw Failure("has an entry without a name");
  return path;
}

}  // namespace bulkhead::layers
