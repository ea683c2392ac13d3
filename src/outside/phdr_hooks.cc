#include "outside/phdr_hooks.h"

#include <string_view>

#include "base/diagnostics.h"
#include "capsule/capsule.h"
#include "capsule/registered.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "words/slots.h"

namespace bulkhead::outside {

using capsule::argument;
using capsule::Capsule;
using capsule::done;
using capsule::find_roots;
using capsule::Hook;
using capsule::HookCall;
using capsule::registered_capsules;

namespace {

using Callback = int (*)(dl_phdr_info*, std::size_t, void*);

constexpr std::string_view kName = "dl_iterate_phdr";

struct Iteration {
  Callback callback;
  void* data;
  bool begun = false;
  unsigned long long unloaded = 0;
};

std::size_t count_from(const link_map* object) {
  std::size_t count = 0;
  for (; object != nullptr; object = process::next_of(object)) ++count;
  return count;
}

// How many of the objects that were ever loaded are gone. glibc takes the objects of a second
// namespace off once for each of them, and tells a number below 0.
unsigned long long unloaded_of(const dl_phdr_info& info) {
  std::size_t loaded = count_from(process::program());
  for (const Capsule* capsule : registered_capsules()) {
    loaded += count_from(process::first_of(capsule->space().root()));
  }
  return info.dlpi_adds > loaded ? info.dlpi_adds - loaded : 0;
}

int visit_capsules(const Iteration& iteration, const dl_phdr_info& first, std::size_t size) {
  for (const Capsule* capsule : registered_capsules()) {
    link_map* object = capsule->space().root();
    for (; object != nullptr; object = process::next_of(object)) {
      if (process::is_image_path(process::name_of(object))) continue;
      std::span<const elf::Phdr> headers = process::headers_of(object);
      if (headers.empty()) continue;
      // The counters of what was ever loaded and unloaded are of all namespaces.
      dl_phdr_info info = first;
      info.dlpi_addr = process::bias_of(object);
      info.dlpi_name = process::name_of(object);
      info.dlpi_phdr = headers.data();
      info.dlpi_phnum = static_cast<elf::Half>(headers.size());
      // Which module an object is, and where a thread's block of it, ld.so tells only under a
      // lock that must not be taken here.
      info.dlpi_tls_modid = 0;
      info.dlpi_tls_data = nullptr;
      if (int result = iteration.callback(&info, size, iteration.data)) return result;
    }
  }
  return 0;
}

// ld.so holds its lock of the lists meanwhile, so that ours cannot change either.
int visit(dl_phdr_info* info, std::size_t size, void* data) {
  auto* iteration = static_cast<Iteration*>(data);
  const bool first = !iteration->begun;
  iteration->begun = true;  // callers expect the program first
  if (first) iteration->unloaded = unloaded_of(*info);
  info->dlpi_subs = iteration->unloaded;
  if (int result = iteration->callback(info, size, iteration->data)) return result;
  return first ? visit_capsules(*iteration, *info, size) : 0;
}

int iterate_over_all(Callback callback, void* data) {
  // In a constructor of a capsule that is being opened: its libraries belong to it already.
  find_roots();
  Iteration iteration{callback, data};
  return process::iterate_objects(&visit, &iteration);
}

const void* hooked_dl_iterate_phdr(Capsule&, HookCall& call, const void*) {
  return done(call, iterate_over_all(argument<Callback>(call, 0), argument<void*>(call, 1)));
}

}  // namespace

std::span<const Hook> phdr_hooks() {
  static constexpr Hook kHooks[] = {{kName, &hooked_dl_iterate_phdr}};
  return kHooks;
}

const void* wide_dl_iterate_phdr() { return reinterpret_cast<const void*>(&iterate_over_all); }

void widen_unwinder(const elf::Object& libgcc) {
  std::size_t words =
      words::bind_import(libgcc.image, kName, reinterpret_cast<elf::Addr>(&iterate_over_all));
  debug(Topic::bind, {"libgcc_s.so.1 finds unwind tables of capsules: ",
                      words != 0 ? "by dl_iterate_phdr" : "by itself"});
}

}  // namespace bulkhead::outside
