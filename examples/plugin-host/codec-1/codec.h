// libcodec.so.1, as its first release has it.
#pragma once

#include <cstddef>

struct codec_picture {
  int width, height;
};

extern "C" void codec_encode(const codec_picture* picture, char* text, std::size_t size);
