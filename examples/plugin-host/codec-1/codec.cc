#include "codec.h"

#include <cstdio>

void codec_encode(const codec_picture* picture, char* text, std::size_t size) {
  std::snprintf(text, size, "codec 1: %d x %d", picture->width, picture->height);
}
