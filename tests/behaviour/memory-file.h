// A file that has no name in any directory: a copy of another one in memory. Who includes this has
// defined _GNU_SOURCE, for memfd_create.
#pragma once
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// The path by which this process reaches the copy, until it is called again.
static const char* memory_file(const char* of) {
  static char path[64], bytes[1 << 20];
  int file = open(of, O_RDONLY), copy = memfd_create("copy", 0);
  long size = read(file, bytes, sizeof bytes);
  if (size < 1 || write(copy, bytes, size) != size) abort();
  sprintf(path, "/proc/self/fd/%d", copy);
  return path;
}
