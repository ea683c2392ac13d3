#include "plan/rules_of_thumb.h"

#include "elf/glibc.h"

namespace bulkhead::plan {
namespace {

using Names = std::string_view[];

// Sources: glibc's shlib-versions and its Makefiles (2.31 to 2.43). Libraries that became
// part of libc.so.6 in 2.34 still come as empty files that old programs need.
constexpr Names kGlibcFamily = {
    elf::kLibc,           "libm.so.6",          "libpthread.so.0",   "libdl.so.2",
    "librt.so.1",         "libutil.so.1",       "libresolv.so.2",    "libanl.so.1",
    "libnsl.so.1",        "libmvec.so.1",       "libnss_files.so.2", "libnss_dns.so.2",
    "libnss_compat.so.2", "libnss_hesiod.so.2", "libnss_db.so.2",    "libBrokenLocale.so.1",
    "libthread_db.so.1",  "libpcprofile.so",    "libmemusage.so",    "libc_malloc_debug.so.0",
    "linux-vdso.so.1",    "linux-gate.so.1",    "libSegFault.so",    "ld.so.1",
    "ld64.so.1",          "ld64.so.2"};

constexpr MergedLibrary kMerged[] = {
    {"libpthread.so.0", true, true},  {"libdl.so.2", true, true},     {"librt.so.1", true, false},
    {"libresolv.so.2", false, false}, {"libutil.so.1", false, false}, {"libanl.so.1", true, false}};

constexpr Names kCxxRuntimes = {"libstdc++.so.6", "libc++.so.1", "libc++abi.so.1"};

// Beside these.
constexpr Names kNeverFound = {"libunwind.so.1", "libgomp.so.1", "libatomic.so.1",
                               "libgfortran.so.5", "libquadmath.so.0"};

// Sanitizers are part of how one side was compiled; their numbers change with every compiler.
constexpr Names kNeverFoundStarts = {"libasan.so.", "libubsan.so.", "libtsan.so.", "liblsan.so."};

}  // namespace

bool contains(std::span<const std::string_view> names, std::string_view name) {
  for (std::string_view each : names) {
    if (each == name) return true;
  }
  return false;
}

void add_once(List<std::string_view>& names, std::string_view name) {
  if (!contains(names.view(), name)) names.push_back(name);
}

bool is_glibc_family(std::string_view name) {
  // ld-linux-x86-64.so.2, ld-linux.so.2, ld-linux-aarch64.so.1, ld-linux-armhf.so.3 …
  if (name.starts_with("ld-linux") && name.find(".so.") != std::string_view::npos) return true;
  return contains(kGlibcFamily, name);
}

std::span<const std::string_view> glibc_family() { return kGlibcFamily; }

std::span<const MergedLibrary> merged_into_libc() { return kMerged; }

bool is_own_glibc(std::string_view name, bool apart) {
  if (!is_glibc_family(name)) return false;
  // The dynamic linker, and what the kernel maps.
  if (name.starts_with("ld-linux") || name.starts_with("ld64") || name.starts_with("ld.so") ||
      name.starts_with("linux-")) {
    return false;
  }
  if (!apart) return true;
  for (const MergedLibrary& library : kMerged) {
    if (library.once && library.name == name) return false;
  }
  return true;
}

bool is_cxx_runtime(std::string_view name) { return contains(kCxxRuntimes, name); }

std::span<const Mark> marks() {
  static constexpr Mark kMarks[] = {
      {"GLIBC_ABI_DT_RELR", "relative relocations in the packed form (DT_RELR, glibc 2.36)", true},
      {"GLIBC_ABI_GNU2_TLS", "TLS descriptors that keep all registers (glibc 2.40)", true},
      {"GLIBC_ABI_GNU_TLS", "calls of __tls_get_addr that keep all registers", false},
      {"GLIBC_ABI_DT_X86_64_PLT", "PLT slots whose addend is ignored (glibc 2.36)", false},
  };
  return kMarks;
}

bool is_always_shared(std::string_view name) {
  return name == elf::kLibgcc || name == "libbulkhead.so.0" || is_glibc_family(name);
}

bool is_never_found(std::string_view name) {
  for (std::string_view start : kNeverFoundStarts) {
    if (name.starts_with(start)) return true;
  }
  return is_cxx_runtime(name) || contains(kNeverFound, name);
}

}  // namespace bulkhead::plan
