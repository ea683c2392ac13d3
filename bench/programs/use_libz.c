// A trivial program linked to libz.
#include <zlib.h>

int main(void) { return crc32(0, (const unsigned char*)"abc", 3) == 0x352441c2 ? 0 : 1; }
