// "sha256:…" and "sha512:…", by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace bulkhead::layers {

// "sha256:" and 64 hexadecimal digits, or the same of sha512: nothing else becomes a file's name.
bool is_digest(std::string_view text);

class Digest {
 public:
  // Of the same kind as `like`, which is a digest, or "sha256".
  explicit Digest(std::string_view like);
  void add(std::string_view bytes);
  // As is_digest has it. Once, after all of it.
  std::string text();

 private:
  std::string kind_;
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

std::string digest_of(std::string_view bytes, std::string_view like);

}  // namespace bulkhead::layers
