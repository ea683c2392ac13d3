// System calls and text, for code that has no libc.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstddef>

// <cpu>/entry.S. A negative result is an error.
extern "C" __attribute__((visibility("hidden"))) long bulkhead_warm_call(long number, long a,
                                                                         long b, long c, long d);

namespace bulkhead::warm {

inline long of(const void* pointer) { return reinterpret_cast<long>(pointer); }
inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0) {
  return bulkhead_warm_call(number, a, b, c, d);
}
inline bool look_at(const char* path, struct stat& status, int flags = 0) {
  return call(SYS_newfstatat, AT_FDCWD, of(path), of(&status), flags) == 0;
}
inline bool may(const char* path, int mode) {
  return call(SYS_faccessat, AT_FDCWD, of(path), mode) == 0;
}

// Text that is put together; what has no room makes it fail.
class Text {
 public:
  Text(char* buffer, std::size_t room) : at_(buffer), end_(buffer + room - 1) { *at_ = '\0'; }
  Text& add(const char* text) {
    for (; *text != '\0'; ++text) add(*text);
    return *this;
  }
  Text& add(char letter) {
    fits_ = fits_ && at_ != end_;
    if (!fits_) return *this;
    *at_++ = letter;
    *at_ = '\0';
    return *this;
  }
  // In hexadecimal, as a stamp has it.
  Text& add_number(unsigned long value) {
    unsigned bits = 4;
    while (bits < 64 && value >> bits != 0) bits += 4;
    for (; bits != 0; bits -= 4) {
      const unsigned digit = static_cast<unsigned>(value >> (bits - 4)) & 15U;
      add(static_cast<char>(digit < 10 ? '0' + digit : 'a' + (digit - 10)));
    }
    return add(' ');
  }
  bool fits() const { return fits_; }

 private:
  char* at_;
  char* end_;
  bool fits_ = true;
};

}  // namespace bulkhead::warm
