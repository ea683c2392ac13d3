// Runs a libFuzzer target without libFuzzer: over each file of a corpus, then over mutations
// of them: N of them, the same in every run, or as many as come in N seconds.
//
//     replay [--mutations N | --seconds N] [--seed N] FILE|DIRECTORY...
//
// An input that ends the process is left in crash-input in the current directory; so is one that
// takes more than some seconds of processor time or, without AddressSanitizer, more than 100 MB.
// This file is compiled without sanitizers, and optimized: it takes a tenth of the time then.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "elf_mutations.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace {

using Input = fuzz::Bytes;

// Of processor time, for one input.
const int g_most_seconds = __sanitizer_set_death_callback != nullptr ? 20 : 3;
// Of heap and mappings, in all: a target keeps nothing.
constexpr ::rlim_t kMostMemory = 100'000'000;

const Input* g_current = nullptr;
volatile std::size_t g_runs = 0;

void keep_input() {
  if (g_current == nullptr) return;
  const int fd = ::open("crash-input", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || ::write(fd, g_current->data(), g_current->size()) < 0) return;
  static constexpr char kText[] = "the input is in crash-input\n";
  static_cast<void>(!::write(1, kText, sizeof kText - 1));
  ::close(fd);
  g_current = nullptr;
}

void on_signal(int number) {
  keep_input();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void on_time(int) {
  static std::size_t last = 0;
  static int ticks = 0;
  ticks = g_runs == last ? ticks + 1 : 0;
  last = g_runs;
  if (ticks < g_most_seconds) return;
  static constexpr char kText[] = "the input takes too long\n";
  static_cast<void>(!::write(1, kText, sizeof kText - 1));
  keep_input();
  ::_exit(1);
}

void limit_memory() {
  if (__sanitizer_set_death_callback != nullptr) return;
  const ::rlimit limit = {kMostMemory, kMostMemory};
  ::setrlimit(RLIMIT_DATA, &limit);
}

void watch_time() {
  ::signal(SIGPROF, &on_time);
  const ::itimerval each_second = {{1, 0}, {1, 0}};
  ::setitimer(ITIMER_PROF, &each_second, nullptr);
}

void run(const Input& input) {
  g_current = &input;
  g_runs = g_runs + 1;
  LLVMFuzzerTestOneInput(input.data(), input.size());
  g_current = nullptr;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  Input mutate(const std::vector<Input>& corpus) {
    Input input = corpus[below(corpus.size())];
    // Few changes find what one check misses, many what hides behind another.
    for (std::uint64_t i = 1 + below(below(4) == 0 ? 16 : 3); i > 0 && !input.empty(); --i) {
      change(input, corpus);
    }
    return input;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  struct Below {
    Mutator& mutator;
    std::uint64_t operator()(std::uint64_t limit) { return mutator.below(limit); }
  };

  // Headers and tables are at the start; the rest is mostly strings.
  std::size_t place(const Input& input) {
    const std::size_t size =
        below(3) == 0 ? input.size() : std::min<std::size_t>(input.size(), 1024);
    return below(size);
  }

  void change(Input& input, const std::vector<Input>& corpus) {
    Below random{*this};
    using Elf = fuzz::ElfMutation<Below>;
    if (Elf::is_elf(input) && below(4) != 0) return Elf(input, random).change();
    switch (below(8)) {
      case 0: input[place(input)] ^= static_cast<std::uint8_t>(1U << below(8)); break;
      case 1: input[place(input)] = static_cast<std::uint8_t>(random_()); break;
      case 2: write(input, 2); break;
      case 3: write(input, 4); break;
      case 4:
      case 5: write(input, 8); break;
      case 6: {
        const std::size_t from = place(input), to = place(input);
        const std::size_t count = std::min({below(64), input.size() - from, input.size() - to});
        std::memmove(&input[to], &input[from], count);
        break;
      }
      default:
        if (below(4) == 0) {
          input.resize(below(input.size() + 1));
        } else {
          const Input& other = corpus[below(corpus.size())];
          const std::size_t size = std::min(input.size(), other.size());
          if (size == 0) break;
          const std::size_t at = below(size);
          std::memcpy(&input[at], &other[at], std::min<std::size_t>(below(256), size - at));
        }
    }
  }

  void write(Input& input, std::size_t width) {
    const std::size_t at = place(input) / width * width;
    if (at + width > input.size()) return;
    const std::uint64_t choices[] = {0,
                                     1,
                                     ~std::uint64_t{0},
                                     std::uint64_t{1} << (8 * width - 1),
                                     input.size(),
                                     input.size() - below(64),
                                     below(input.size()),
                                     ~below(64),
                                     below(256),
                                     random_()};
    std::uint64_t value = choices[below(std::size(choices))];
    if (below(4) == 0) {  // near what was there
      std::memcpy(&value, &input[at], width);
      value += below(33) - 16;
    }
    std::memcpy(&input[at], &value, width);
  }

  std::mt19937_64 random_;
};

void load(const std::filesystem::path& path, std::vector<std::filesystem::path>& files) {
  if (!std::filesystem::is_directory(path)) {
    files.push_back(path);
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
}

}  // namespace

// By this fatal() ends a process, when there is no memory.
extern "C" void _exit(int status) {
  keep_input();
  for (;;) ::syscall(SYS_exit_group, status);
}

// UBSan's runtime has no part in ASan's death callback.
extern "C" void __ubsan_on_report() { keep_input(); }

int main(int argc, char** argv) {
  double seconds = 0;
  std::uint64_t mutations = 0, seed = 1;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seconds" && i + 1 < argc) {
      seconds = std::atof(argv[++i]);
    } else if (argument == "--mutations" && i + 1 < argc) {
      mutations = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      load(argument, files);
    }
  }
  std::sort(files.begin(), files.end());  // the order in a directory is not the same everywhere
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(&keep_input);
  ::signal(SIGABRT, &on_signal);  // which AddressSanitizer leaves alone
  for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    if (__sanitizer_set_death_callback == nullptr) ::signal(number, &on_signal);
  }

  std::vector<Input> corpus;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
      std::fprintf(stderr, "replay: %s cannot be read\n", file.c_str());
      return 1;
    }
    corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    run(corpus.back());
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "replay: there is no input\n");
    return 1;
  }

  limit_memory();
  watch_time();
  Mutator mutator(seed);
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + std::chrono::duration<double>(seconds);
  std::uint64_t count = 0;
  while (count < mutations || (seconds > 0 && std::chrono::steady_clock::now() < end)) {
    run(mutator.mutate(corpus));
    ++count;
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  ::dprintf(1, "%zu inputs, %llu mutations in %.0f s\n", corpus.size(),
            static_cast<unsigned long long>(count), taken.count());
  return 0;
}
