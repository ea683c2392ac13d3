// arc4random, arc4random_buf, arc4random_uniform (glibc 2.36; first in OpenBSD).
//
// Straight from the kernel's generator, as glibc does it too. There is no error to report, and
// bytes that only look random are worse than none: if neither getrandom(2) nor /dev/urandom
// answers, abort.
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "provide.h"

namespace {

void fill_from_device(unsigned char* to, size_t size) {
  const int fd = int(syscall(SYS_openat, AT_FDCWD, "/dev/urandom", O_RDONLY | O_CLOEXEC, 0));
  if (fd < 0) abort();
  while (size != 0) {
    const ssize_t got = read(fd, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) abort();
    to += got;
    size -= size_t(got);
  }
  close(fd);
}

void fill(void* into, size_t size) {
  const int saved = errno;
  auto* to = static_cast<unsigned char*>(into);
  while (size != 0) {
    const ssize_t got = getrandom(to, size, 0);
    if (got > 0) {
      to += got;
      size -= size_t(got);
    } else if (got == 0 || errno != EINTR) {
      fill_from_device(to, size);
      break;
    }
  }
  errno = saved;
}

uint32_t random32() {
  uint32_t value;
  fill(&value, sizeof value);
  return value;
}

}  // namespace

PROVIDE(uint32_t, arc4random, void) { return random32(); }
PROVIDE(void, arc4random_buf, void* into, size_t size) { fill(into, size); }

// Evenly from [0, bound): values below 2^32 mod bound are drawn again, so that what is left is
// a whole multiple of bound. Fewer than two draws on average, whatever the bound.
PROVIDE(uint32_t, arc4random_uniform, uint32_t bound) {
  if (bound < 2) return 0;
  const uint32_t unfair = (0u - bound) % bound;
  uint32_t value;
  do value = random32();
  while (value < unfair);
  return value % bound;
}
