/* Compresses and unpacks. Prototypes are written here, so that no headers need to be installed. */
#include <stdio.h>
#include <string.h>

int compress2(unsigned char *to, unsigned long *size, const unsigned char *from, unsigned long length, int level);
int uncompress(unsigned char *to, unsigned long *size, const unsigned char *from, unsigned long length);
unsigned long crc32(unsigned long before, const unsigned char *bytes, unsigned length);
const char *zlibVersion(void);

/* Relocated before anything runs. */
static unsigned long (*checksum)(unsigned long, const unsigned char *, unsigned) = crc32;

void *ADDRESS(void)
{
    return (void *)checksum;
}

void WORK(void)
{
    static unsigned char text[100000], packed[110000], again[100000];
    unsigned long packed_size = sizeof packed, size = sizeof again;
    for (unsigned i = 0; i < sizeof text; ++i)
        text[i] = (unsigned char)(i / 7);
    int status = compress2(packed, &packed_size, text, sizeof text, 9);
    if (status == 0)
        status = uncompress(again, &size, packed, packed_size);
    printf("zlib %s: %d, %s, %08lx\n", zlibVersion(), status,
           size == sizeof text && memcmp(text, again, size) == 0 && packed_size < size / 10 ? "the same" : "another",
           checksum(0, again, (unsigned)size));
}
