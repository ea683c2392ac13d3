// bulkhead-unpack IMAGE DIRECTORY SCRATCH KNOWN: for `bulkhead tree add --image`, which starts it
// and reads its output (trees/from_image.cc has what the lines mean).
#include <locale.h>
#include <stdio.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "layers/unpack.h"

namespace {

void line(const char* word, std::string text) {
  std::ranges::replace(text, '\n', ' ');
  ::printf("%s %s\n", word, text.c_str());
  ::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  using namespace bulkhead::layers;
  if (count != 5) {
    ::fprintf(stderr, "bulkhead-unpack: is a part of bulkhead tree add --image FILE\n");
    return 125;
  }
  // For names: libarchive converts those that an archive has in UTF-8.
  if (::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) ::setlocale(LC_CTYPE, "");
  Listener listener;
  listener.step = [](const std::string& what) { line("step", what); };
  listener.say = [](const std::string& sentence) { line("say", sentence); };
  listener.warn = [](const std::string& sentence) { line("warn", sentence); };
  listener.at = [](std::uint64_t done, std::uint64_t total) {
    line("at", std::to_string(done) + " " + std::to_string(total));
  };
  const std::string path = arguments[1];
  try {
    const std::optional<Image> image =
        unpack(path, arguments[2], arguments[3], arguments[4], listener);
    nlohmann::json result{{"same", true}};
    if (image) {
      result = {{"image", image->name}, {"digest", image->digest}};
      result["layers"] = nlohmann::json::array();
      for (const Layer& layer : image->layers) result["layers"].push_back(layer.digest);
    }
    line("result", result.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
    return 0;
  } catch (const nlohmann::json::exception& error) {
    line("error", path + ": is damaged: " + error.what());
  } catch (const std::exception& error) {
    const std::string text = error.what();
    line("error", text.starts_with(path) ? text : path + ": " + text);
  }
  return 125;
}
