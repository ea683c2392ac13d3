#include "codec.h"

#include <cstdio>

void codec_encode(const codec_picture* picture, char* text, std::size_t size) {
  std::snprintf(text, size, "codec 2: %d x %d, %d bits", picture->width, picture->height,
                picture->depth);
}
