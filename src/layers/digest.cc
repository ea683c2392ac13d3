#include "layers/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "layers/failure.h"

namespace bulkhead::layers {

bool is_digest(std::string_view text) {
  const std::string_view kind = split_off(text, ':');
  const std::size_t size = kind == "sha256" ? 64 : kind == "sha512" ? 128 : 0;
  return size != 0 && text.size() == size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Digest::Digest(std::string_view like)
    : kind_(split_off(like, ':')), context_(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free) {
  const EVP_MD* kind = kind_ == "sha512" ? ::EVP_sha512() : ::EVP_sha256();
  if (context_ == nullptr || ::EVP_DigestInit_ex(context_.get(), kind, nullptr) != 1) {
    throw Failure("digests cannot be computed: OpenSSL has no " + kind_ + " here");
  }
}

void Digest::add(std::string_view bytes) {
  if (::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) {
    throw Failure("digests cannot be computed: OpenSSL failed");
  }
}

std::string Digest::text() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (::EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1) {
    throw Failure("digests cannot be computed: OpenSSL failed");
  }
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text = kind_ + ":";
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[bytes.at(i) >> 4U];
    text += kDigits[bytes.at(i) & 15U];
  }
  return text;
}

std::string digest_of(std::string_view bytes, std::string_view like) {
  Digest digest(like);
  digest.add(bytes);
  return digest.text();
}

}  // namespace bulkhead::layers
