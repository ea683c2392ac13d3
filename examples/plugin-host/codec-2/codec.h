// libcodec.so.1, as a later release has it: the structure changed, and the SONAME should have.
#pragma once

#include <cstddef>

struct codec_picture {
  int depth;
  int width, height;
};

extern "C" void codec_encode(const codec_picture* picture, char* text, std::size_t size);
