#!/bin/bash
# An implicit Vulkan layer of this system sees the calls of a program whose loader and drivers are the tree's, as it does natively.
. "$(dirname "$0")/../lib.sh"
need vulkaninfo
unshare -Urm true 2>/dev/null || skip "no mount namespace can be made here"
layers=/usr/share/vulkan/implicit_layer.d
[[ -d $layers ]] || skip "this system has no $layers to mount on"

cd "$scratch"
# The interface between loader and layers, as far as a layer that counts needs it.
cc -shared -fPIC -O1 -Wall -Wextra -Werror -o libVkLayer_counts.so -x c - <<'END'
#include <stdint.h>
#include <stdio.h>
#include <string.h>
typedef void (*Function)(void);
typedef Function (*GetAddress)(void*, const char*);
struct Negotiation { int type; void* next; uint32_t version; GetAddress of_instance, of_device, of_physical_device; };
struct Link { struct Link* next; GetAddress of_instance, of_physical_device; };
struct CreateInfo { int type; struct CreateInfo* next; int function; struct Link* link; };
static GetAddress g_next;
static int g_created, g_enumerated;
static int create_instance(struct CreateInfo* info, const void* allocator, void** instance) {
  struct CreateInfo* at = info->next;
  while (at != NULL && (at->type != 47 || at->function != 0)) at = at->next;
  if (at == NULL) return -3;
  g_next = at->link->of_instance;
  at->link = at->link->next;
  ++g_created;
  return ((int (*)(struct CreateInfo*, const void*, void**))g_next(NULL, "vkCreateInstance"))(info, allocator, instance);
}
static int enumerate(void* instance, uint32_t* count, void** devices) {
  ++g_enumerated;
  return ((int (*)(void*, uint32_t*, void**))g_next(instance, "vkEnumeratePhysicalDevices"))(instance, count, devices);
}
static void destroy_instance(void* instance, const void* allocator) {
  printf("the layer saw %d instances, %d enumerations\n", g_created, g_enumerated);
  ((void (*)(void*, const void*))g_next(instance, "vkDestroyInstance"))(instance, allocator);
}
static Function address_of(void* instance, const char* name) {
  if (strcmp(name, "vkGetInstanceProcAddr") == 0) return (Function)address_of;
  if (strcmp(name, "vkCreateInstance") == 0) return (Function)create_instance;
  if (strcmp(name, "vkEnumeratePhysicalDevices") == 0) return (Function)enumerate;
  if (strcmp(name, "vkDestroyInstance") == 0) return (Function)destroy_instance;
  return g_next == NULL ? NULL : g_next(instance, name);
}
int vkNegotiateLoaderLayerInterfaceVersion(struct Negotiation* negotiation) {
  negotiation->version = 2;
  negotiation->of_instance = address_of;
  negotiation->of_device = negotiation->of_physical_device = NULL;
  return 0;
}
END
mkdir layers
cp "$layers"/* layers/ 2>/dev/null || true
cat >layers/VkLayer_counts.json <<END
{ "file_format_version": "1.1.2",
  "layer": { "name": "VK_LAYER_TEST_counts", "type": "GLOBAL", "library_path": "$scratch/libVkLayer_counts.so", "api_version": "1.3.0",
    "implementation_version": "1", "description": "counts", "disable_environment": { "DISABLE_COUNTS": "1" } } }
END

cc -O1 -Wall -Wextra -Werror -o enumerates -x c - -ldl <<'END'
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
typedef void (*Function)(void);
int main(void) {
  void* library = dlopen("libvulkan.so.1", RTLD_NOW);
  if (library == NULL) return puts(dlerror()), 1;
  Function (*address_of)(void*, const char*) = (Function(*)(void*, const char*))dlsym(library, "vkGetInstanceProcAddr");
  struct { int type; const void* next; uint32_t flags; const void* application; uint32_t layers; const char** names; uint32_t extensions; const char** of; }
      info = {1, NULL, 0, NULL, 0, NULL, 0, NULL};
  void* instance = NULL;
  int error = ((int (*)(void*, void*, void**))address_of(NULL, "vkCreateInstance"))(&info, NULL, &instance);
  if (error != 0) return printf("vkCreateInstance: %d\n", error), 1;
  uint32_t count = 0;
  error = ((int (*)(void*, uint32_t*, void**))address_of(instance, "vkEnumeratePhysicalDevices"))(instance, &count, NULL);
  printf("%d, %s\n", error, count > 0 ? "there are devices" : "there is none");
  ((void (*)(void*, const void*))address_of(instance, "vkDestroyInstance"))(instance, NULL);
  return 0;
}
END

# Loaders of some releases, and other layers, enumerate for themselves, too.
counted() { sed -E 's/ [1-9][0-9]* enumerations/ enumerations/' <<<"$1"; }
with_layer() { unshare -Urm bash -euc 'mount --bind "$1" "$2"; shift 2; exec "$@"' bash "$scratch/layers" "$layers" "$@"; }
natively=$(with_layer ./enumerates) || fail "natively: $? $natively"
echo "$natively"
[[ $natively == *"the layer saw 1 instances, 1 enumerations"* ]] || skip "this system's loader does not take the layer: $natively"
for profile in vulkan gl; do
    output=$(with_layer "$bulkhead" run --tree "$tree" --profile $profile -- ./enumerates) || fail "--profile $profile: $? $output"
    [[ $(counted "$output") == "$(counted "$natively")" ]] || fail "--profile $profile: $output"
done
output=$(DISABLE_COUNTS=1 with_layer "$bulkhead" run --tree "$tree" --profile vulkan -- ./enumerates) || fail "without the layer: $? $output"
[[ $output == "${natively%%$'\n'the layer*}" ]] || fail "without the layer: $output"
# The tree's loader and driver.
with_layer env BULKHEAD_DEBUG=open "$bulkhead" run --tree "$tree" --profile vulkan -- ./enumerates >maps.txt 2>&1
grep -q libvulkan.so.1 maps.txt || fail "the capsule was not opened: $(<maps.txt)"
