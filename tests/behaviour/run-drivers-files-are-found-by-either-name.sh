#!/bin/bash
# A driver's JSON file bears the processor's name in one release and not in the next. A variable that names it as this system has it, as
# VK_DRIVER_FILES does, means the tree's, whatever that is called there; where the tree has both, each is itself.
. "${0%/*}/lib.sh"

machine=$(gcc -print-multiarch)
machine=${machine%%-*}
[[ -n $machine ]] || { echo "this compiler names no multiarch directory"; exit 77; }
icds=/usr/share/vulkan/icd.d
mkdir -p "$tree$icds" "$HOME/.config/bulkhead/profiles"
unset XDG_CONFIG_HOME
echo new >"$tree$icds/new_icd.json"
echo old >"$tree$icds/old_icd.$machine.json"
echo plain >"$tree$icds/both_icd.json"
echo named >"$tree$icds/both_icd.$machine.json"

library libvulkan.so.1 <<'END'
#include <stdio.h>
int reads(const char* path) {
  char line[64];
  FILE* file = fopen(path, "r");
  if (file == NULL || fgets(line, sizeof line, file) == NULL) return puts("none") < 0;
  fclose(file);
  return printf("%s", line) < 0;
}
END
program reads "$libs/libvulkan.so.1" <<'END'
int reads(const char*);
int main(int count, char** arguments) {
  int status = 0;
  for (int i = 1; i < count; ++i) status |= reads(arguments[i]);
  return status;
}
END
said=$("$bulkhead" run --tree "$tree" --profile vulkan -- ./reads $icds/{new,old,both}_icd{,".$machine"}.json $icds/none_icd.json)
[[ $said == $'new\nnew\nold\nold\nplain\nnamed\nnone' ]] || fail "read: $said"
