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

// The dispatch table of libglvnd lives in libGLdispatch.so.0, and libGL, libEGL, libGLES…
// all fill and read it: half of them from elsewhere would call through an empty one. A
// gbm_device of libgbm goes into eglGetDisplay, so it comes from where EGL comes from.
constexpr Names kGlFamily = {"libGL.so.1",         "libGLX.so.0",    "libEGL.so.1",
                             "libGLESv1_CM.so.1",  "libGLESv2.so.2", "libOpenGL.so.0",
                             "libGLdispatch.so.0", "libgbm.so.1"};

constexpr Names kGlExpose = {"libGL.so.1",         "libGLX.so.0",    "libEGL.so.1",
                             "libGLESv1_CM.so.1",  "libGLESv2.so.2", "libOpenGL.so.0",
                             "libGLdispatch.so.0", "libgbm.so.1",    "libvulkan.so.1"};

// What programs hand to GL, EGL and Vulkan: Display (libX11, and libX11-xcb and libXext,
// which look into it), xcb_connection_t, wl_display and wl_resource, wl_egl_window. Of
// libdrm only descriptors cross, which are the kernel's: it stays private, so that a driver
// can bring the newer one it needs.
constexpr Names kGlBoundary = {
    "libX11.so.6",        "libX11-xcb.so.1",        "libxcb.so.1",
    "libXext.so.6",       "libwayland-client.so.0", "libwayland-server.so.0",
    "libwayland-egl.so.1"};

constexpr Names kGlPlugins = {"libGLX_mesa.so.0", "libEGL_mesa.so.0", "/usr/$LIB/dri/*_dri.so",
                              "/usr/$LIB/gbm/*_gbm.so"};

constexpr Names kGlPluginLists = {
    "/usr/share/vulkan/icd.d/*.json", "/usr/share/glvnd/egl_vendor.d/*.json",
    "/usr/share/vulkan/implicit_layer.d/*.json", "/usr/share/egl/egl_external_platform.d/*.json"};

constexpr Names kGlMap = {"/usr/share/glvnd",   "/etc/glvnd",        "/usr/share/egl",
                          "/etc/egl",           "/usr/share/vulkan", "/etc/vulkan",
                          "/usr/share/drirc.d", "/etc/drirc",        "/usr/share/libdrm",
                          "/usr/$LIB/dri",      "/usr/$LIB/gbm",     "/usr/$LIB/vdpau"};

constexpr Names kVulkanFamily = {"libvulkan.so.1"};

constexpr Profile kProfiles[] = {
    {"gl", kGlExpose, kGlFamily, kGlBoundary, kGlPlugins, kGlPluginLists, kGlMap},
    {"vulkan", kVulkanFamily, kVulkanFamily, kGlBoundary, {}, kGlPluginLists, kGlMap},
};

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

std::span<const Profile> profiles() { return kProfiles; }

const Profile* find_profile(std::string_view name) {
  for (const Profile& profile : kProfiles) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

const Profile* profile_of(std::string_view library) {
  for (const Profile& profile : kProfiles) {
    if (contains(profile.family, library)) return &profile;
  }
  return nullptr;
}

}  // namespace bulkhead::plan
