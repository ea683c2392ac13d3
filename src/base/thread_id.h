// Numbers of the calling thread and its process, as its PID namespace counts them, and how many
// threads that has.
//
// By system call: each of glibc's two functions lies in a part of libc.so.6 that a program which is
// just starting has not touched yet, and mapping that part costs ten times what the call does.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>

#include "base/result.h"

namespace bulkhead {

inline pid_t thread_id() { return static_cast<pid_t>(::syscall(SYS_gettid)); }
inline pid_t process_id() { return static_cast<pid_t>(::syscall(SYS_getpid)); }

// Of this process. Errors: system, /proc/self/task cannot be read.
Result<std::size_t> count_threads();

}  // namespace bulkhead
