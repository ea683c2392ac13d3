// Line speeds as plain numbers (glibc 2.42).
//
// From 2.42 on speed_t is the number of bits per second, B9600 is 9600, and cfgetospeed and its
// kin have new versions; cfgetobaud and its kin are the same under names that never meant codes.
// struct termios is unchanged and the base's tcsetattr reads the *code* in c_cflag, so this
// translates both ways. Speeds without a code need the kernel's termios2, which the base's
// tcsetattr does not speak: EINVAL.
#include <errno.h>
#include <termios.h>

#include "provide.h"

// By asm name: a newer build machine's header redirects these.
FROM_BASE(unsigned, cfgetospeed, (const struct termios*));
FROM_BASE(unsigned, cfgetispeed, (const struct termios*));
FROM_BASE(int, cfsetospeed, (struct termios*, unsigned));
FROM_BASE(int, cfsetispeed, (struct termios*, unsigned));

namespace {

struct Speed {
  unsigned code;  // <asm-generic/termbits.h>, in octal as there: the kernel's, so fixed
  unsigned baud;
};

constexpr Speed speeds[] = {
    {0000000, 0},       {0000001, 50},      {0000002, 75},      {0000003, 110},
    {0000004, 134},     {0000005, 150},     {0000006, 200},     {0000007, 300},
    {0000010, 600},     {0000011, 1200},    {0000012, 1800},    {0000013, 2400},
    {0000014, 4800},    {0000015, 9600},    {0000016, 19200},   {0000017, 38400},
    {0010001, 57600},   {0010002, 115200},  {0010003, 230400},  {0010004, 460800},
    {0010005, 500000},  {0010006, 576000},  {0010007, 921600},  {0010010, 1000000},
    {0010011, 1152000}, {0010012, 1500000}, {0010013, 2000000}, {0010014, 2500000},
    {0010015, 3000000}, {0010016, 3500000}, {0010017, 4000000},
};

unsigned baud_of(unsigned code) {
  for (const Speed& speed : speeds)
    if (speed.code == code) return speed.baud;
  return ~0u;  // the kernel's BOTHER: some other speed, which this structure does not hold
}

using Setter = int (*)(struct termios*, unsigned);

int set(Setter setter, struct termios* line, unsigned baud) {
  for (const Speed& speed : speeds)
    if (speed.baud == baud) return setter(line, speed.code);
  errno = EINVAL;
  return -1;
}

int set_both(struct termios* line, unsigned baud) {
  if (set(base_cfsetospeed, line, baud) != 0) return -1;
  return set(base_cfsetispeed, line, baud);
}

}  // namespace

PROVIDE(unsigned, cfgetospeed, const struct termios* line) {
  return baud_of(base_cfgetospeed(line));
}
PROVIDE(unsigned, cfgetobaud, const struct termios* line) {
  return baud_of(base_cfgetospeed(line));
}
PROVIDE(unsigned, cfgetispeed, const struct termios* line) {
  return baud_of(base_cfgetispeed(line));
}
PROVIDE(unsigned, cfgetibaud, const struct termios* line) {
  return baud_of(base_cfgetispeed(line));
}

PROVIDE(int, cfsetospeed, struct termios* line, unsigned baud) {
  return set(base_cfsetospeed, line, baud);
}
PROVIDE(int, cfsetobaud, struct termios* line, unsigned baud) {
  return set(base_cfsetospeed, line, baud);
}
PROVIDE(int, cfsetispeed, struct termios* line, unsigned baud) {
  return set(base_cfsetispeed, line, baud);
}
PROVIDE(int, cfsetibaud, struct termios* line, unsigned baud) {
  return set(base_cfsetispeed, line, baud);
}
PROVIDE(int, cfsetspeed, struct termios* line, unsigned baud) { return set_both(line, baud); }
PROVIDE(int, cfsetbaud, struct termios* line, unsigned baud) { return set_both(line, baud); }
