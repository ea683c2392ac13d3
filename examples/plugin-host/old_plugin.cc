// Made for the first release of libcodec.so.1.
#include "codec-1/codec.h"
#include "plugin.h"

namespace {

class Old : public gallery::Plugin {
 public:
  std::string encode(const gallery::Picture& picture) override {
    if (picture.width <= 0) throw gallery::PictureError("the old plugin wants a width");
    char text[80];
    codec_picture codec{picture.width, picture.height};
    codec_encode(&codec, text, sizeof text);
    return text;
  }
};

}  // namespace

gallery::Plugin* make_plugin() { return new Old; }
