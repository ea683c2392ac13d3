#!/bin/bash
# A loader of the tree lists directories of JSON files, as Vulkan's does for layers. It sees this system's beside the tree's, opens their libraries by the name that
# they have on this system, and finds each layer once. What the files say anew counts at the next start.
. "${0%/*}/lib.sh"

layers=$scratch/share/layers.d
mkdir -p "$layers" "$tree$layers" "$HOME/.config/bulkhead/profiles"
unset XDG_CONFIG_HOME
cat >"$HOME/.config/bulkhead/profiles/layered.toml" <<END
expose = ["libloader.so.1"]
map = ["$layers"]
joined = ["$layers"]
END

layer() { # SIDE NAME
    library "libVkLayer_$2.so" <<END
#include <stdio.h>
static int calls;
int layer_call(void) { return printf("$1 $2 %d\n", ++calls) < 0; }
END
}
json() { # NAME LIBRARY
    printf '{ "file_format_version": "1.0.0", "layer": { "name": "VK_LAYER_%s", "library_path": "%s" } }\n' "$1" "$2"
}
layer tree of_tree
layer tree of_both
at=$host layer base by_path
at=$host layer base by_name
at=$scratch/share layer base by_relative
at=$host layer base of_both
json of_tree libVkLayer_of_tree.so >"$tree$layers/of_tree.json"
# By a link that leads to a file of the tree, and nowhere on this system.
mkdir -p "$tree/opt"
json of_both libVkLayer_of_both.so >"$tree/opt/of_both.json"
ln -s /opt/of_both.json "$tree$layers/of_both.json"
json by_path "$host/libVkLayer_by_path.so" >"$layers/by_path.json"
json by_name libVkLayer_by_name.so >"$layers/by_name.json"
json by_relative ../libVkLayer_by_relative.so >"$layers/by_relative.json"
json of_both "$host/libVkLayer_of_both.so" >"$layers/called_otherwise.json"

library libloader.so.1 <<'END'
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int load(const char* directory) {
  struct dirent** entries;
  int count = scandir(directory, &entries, NULL, alphasort);
  for (int i = 0; i < count; ++i) {
    char path[4096], text[4096] = "", library[4096];
    if (strstr(entries[i]->d_name, ".json") == NULL) continue;
    snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
    FILE* file = fopen(path, "r");
    if (file == NULL || fread(text, 1, sizeof text - 1, file) == 0) return printf("%s: cannot be read\n", path);
    fclose(file);
    char* at = strstr(text, "\"library_path\": \"") + 17;
    *strchr(at, '"') = 0;
    if (at[0] != '/' && strchr(at, '/') != NULL) snprintf(library, sizeof library, "%s/%s", directory, at);
    else strcpy(library, at);
    void* handle = dlopen(library, RTLD_NOW);
    int (*call)(void) = handle == NULL ? NULL : (int (*)(void))dlsym(handle, "layer_call");
    if (call == NULL) return printf("%s: %s\n", library, dlerror());
    if (call() != 0 || call() != 0) return 1;
  }
  return 0;
}
END
program loads "$libs/libloader.so.1" <<'END'
#include <stdio.h>
int load(const char*);
int main(int count, char** arguments) { return load(arguments[1]) + fflush(stdout); }
END

of_base='base by_name 1
base by_name 2
base by_path 1
base by_path 2
base by_relative 1
base by_relative 2'
of_tree='tree of_both 1
tree of_both 2
tree of_tree 1
tree of_tree 2'
starts() { LD_LIBRARY_PATH=$host "$bulkhead" run --tree "$tree" --profile layered -- ./loads "$layers"; }

# Natively, without the one that both have.
mv "$layers/called_otherwise.json" ./kept
expect "$of_base" env LD_LIBRARY_PATH="$libs:$host" ./loads "$layers"
mv ./kept "$layers/called_otherwise.json"

expect "$of_base"$'\n'"$of_tree" starts
expect "$of_base"$'\n'"$of_tree" starts
rm "$layers/by_relative.json"
expect "${of_base%%base by_relative*}$of_tree" starts
rm -r "$layers"/*
expect "$of_tree" starts
