// Any bytes as the file for --config, and as a policy for system calls. A mistake is a Failure that
// begins with the file's name.
#include <cstdint>
#include <cstdlib>

#include "messages/failure.h"
#include "rules/policy_file.h"
#include "settings/config.h"

namespace {

template <class Read>
void read(Read read) {
  try {
    read();
  } catch (const bulkhead::messages::Failure& failure) {
    const std::string text = failure.what();
    if (!text.starts_with("f.toml") || text.find('\x1b') != std::string::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read([&] {
    const bulkhead::settings::Config config = bulkhead::settings::parse_config(text, "f.toml");
    for (const auto& program : config.programs) {
      static_cast<void>(bulkhead::settings::is_for_program(program, "/usr/bin/program"));
    }
  });
  read([&] { static_cast<void>(bulkhead::rules::parse_policy(text, "f.toml")); });
  return 0;
}
