// Any bytes as the stamp of a cache entry: it holds only if it says nothing but what is true.
#include <cstdint>
#include <cstdlib>

#include "fuzz_tree.h"
#include "survey/stamp.h"

using bulkhead::survey::Stamp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzTree files;
  const std::string made = (files.path() / "opt").string();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> warnings;
  static_cast<void>(Stamp::holds(text, "key\nof two lines\n", made, warnings));

  // What was written holds, whatever a warning says.
  Stamp stamp;
  stamp.add((files.path() / "etc/one.conf").string());
  stamp.add(made + "/" + std::string(text.substr(0, 100)).c_str());
  const std::vector<std::string> said = {std::string(text.substr(0, 1000))};
  const std::string written = stamp.write(text, made, said);
  std::vector<std::string> read;
  const bool holds = Stamp::holds(written, text, made, read);
  const bool can_hold = written.find("\n?\n") == std::string::npos;
  if (can_hold && (!holds || read.size() != 1)) std::abort();
  return 0;
}
