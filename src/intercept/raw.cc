#include "intercept/raw.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cstring>

namespace bulkhead::intercept {
namespace {

// Whether the kernel did it; `direct` is set where it does not do such things here.
bool transfer(long number, void* own, std::uint64_t address, std::size_t size, bool& direct) {
  iovec local = {own, size};
  iovec remote = {reinterpret_cast<void*>(address), size};
  const std::int64_t done = raw(number, raw(SYS_gettid), &local, 1, &remote, 1, 0);
  direct = done == -EPERM || done == -ENOSYS;
  return done == static_cast<std::int64_t>(size);
}

}  // namespace

bool read_program(void* to, std::uint64_t address, std::size_t size) {
  bool direct = false;
  if (transfer(SYS_process_vm_readv, to, address, size, direct)) return true;
  if (direct) std::memcpy(to, reinterpret_cast<const void*>(address), size);
  return direct;
}

bool write_program(std::uint64_t address, const void* from, std::size_t size) {
  bool direct = false;
  if (transfer(SYS_process_vm_writev, const_cast<void*>(from), address, size, direct)) return true;
  if (direct) std::memcpy(reinterpret_cast<void*>(address), from, size);
  return direct;
}

}  // namespace bulkhead::intercept
