// tracer: counts a program's system calls, as `strace -f -c` does, without stopping it.
//
//     bulkhead preload libtracer.so -- PROGRAM
//
// Threads and forked children are counted with their program. TRACER=FILE in the environment: the
// programs that it executes are as well, and the table goes to FILE; without it each program
// prints its own table on standard error.
//
// A tool in C++ with libstdc++, fmt and libseccomp, of which the program sees nothing.
#include <bulkhead/tool.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <string>

namespace {

constexpr std::size_t kCalls = 512;  // more than the kernel has

struct Count {
  std::atomic<std::uint64_t> calls, errors;
};
struct Counts {
  std::atomic<pid_t> first;  // the process that prints, also if it executes another program
  std::array<Count, kCalls> of;
};

// Made by the constructor; from then on nothing here allocates, since callbacks run anywhere. And
// nothing is destroyed: the last system call comes after all destructors.
Counts* counts;                                      // shared with children
auto& names = *new std::array<std::string, kCalls>;  // by number
auto& output = *new std::string;                     // empty for none
auto& shared_file = *new std::string;

// vformat_to_n writes into what it is given, and allocates nothing for numbers and strings.
class Text {
 public:
  template <class... Args>
  void add(fmt::string_view format, const Args&... args) {
    size_ += fmt::vformat_to_n(text_.data() + size_, text_.size() - size_, format,
                               fmt::make_format_args(args...))
                 .size;
    size_ = std::min(size_, text_.size());
  }
  void write_to(int file) const {
    for (std::size_t done = 0; done < size_;) {
      ssize_t count = ::write(file, text_.data() + done, size_ - done);
      if (count <= 0) return;
      done += static_cast<std::size_t>(count);
    }
  }

 private:
  std::array<char, 32768> text_;
  std::size_t size_ = 0;
};

void print() {
  static Text text;  // callbacks have a small stack
  static std::array<unsigned, kCalls> order;
  for (unsigned i = 0; i < kCalls; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [](unsigned a, unsigned b) {
    std::uint64_t x = counts->of[a].calls, y = counts->of[b].calls;
    return x != y ? x > y : a < b;
  });
  text.add("{:>11} {:>9}  {}\n", "calls", "errors", "system call");
  std::uint64_t calls = 0, errors = 0;
  for (unsigned number : order) {
    const Count& count = counts->of[number];
    const std::uint64_t calls_of = count.calls, errors_of = count.errors;
    if (calls_of == 0) break;
    text.add("{:>11} {:>9}  {}\n", calls_of, errors_of, names[number]);
    calls += calls_of;
    errors += errors_of;
  }
  text.add("{:>11} {:>9}  {}\n", calls, errors, "total");
  int file =
      output.empty() ? 2 : ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return;
  text.write_to(file);
  if (file != 2) ::close(file);
  if (!shared_file.empty()) ::unlink(shared_file.c_str());
}

// What does not come back from the kernel is counted here.
bool leaves(std::int64_t number) {
  return number == SYS_execve || number == SYS_execveat || number == SYS_rt_sigreturn;
}

bh_verdict before(bh_call* call, void*) {
  if (leaves(call->number)) ++counts->of[static_cast<std::size_t>(call->number)].calls;
  if (call->number == SYS_exit_group && ::getpid() == counts->first) print();
  return BH_PASS_ON;
}

void after(bh_call* call, void*) {
  auto number = static_cast<std::size_t>(call->number);
  if (number >= kCalls) return;
  if (!leaves(call->number)) ++counts->of[number].calls;
  if (call->result < 0 && call->result >= -4095) ++counts->of[number].errors;
}

// Memory that forked children share; with a file, those who execute another program too.
Counts* shared_counts() {
  int file = -1, flags = MAP_SHARED;
  bool made = true;
  if (shared_file.empty()) {
    flags |= MAP_ANONYMOUS;
  } else {
    file = ::open(shared_file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
      made = false;
      file = ::open(shared_file.c_str(), O_RDWR | O_CLOEXEC);
    }
    if (file < 0 || (made && ::ftruncate(file, sizeof(Counts)) != 0)) return nullptr;
  }
  void* memory = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, flags, file, 0);
  if (file >= 0) ::close(file);
  if (memory == MAP_FAILED) return nullptr;
  auto* shared = static_cast<Counts*>(memory);
  if (made) shared->first = ::getpid();
  return shared;
}

void start() {
  if (const char* file = std::getenv("TRACER")) {
    output = file;
    shared_file = output + ".counts";
  }
  for (std::size_t i = 0; i < kCalls; ++i) {
    char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(i));
    names[i] = name != nullptr ? name : fmt::format("number {}", i);
    std::free(name);
  }
  counts = shared_counts();
  if (counts == nullptr) {
    fmt::print(stderr, "tracer: {}: cannot be used\n", shared_file);
    return;
  }
  bh_error* error = nullptr;
  if (bh_tool_intercept(&before, &after, nullptr, 0, &error) == BH_OK) return;
  fmt::print(stderr, "tracer: {}\n", bh_error_text(error));
  bh_error_free(error);
}

// After the objects above, which it uses.
[[maybe_unused]] const bool started = (start(), true);

}  // namespace
