#!/bin/bash
# A profile's map gives the capsule the tree's directory. A link in it that leads to an absolute path means the tree's file, as the tree's own
# programs see it, and not this system's of that path.
. "${0%/*}/lib.sh"

mkdir -p "$tree/etc/thing/conf.d" "$tree/usr/share/thing" "$HOME/.config/bulkhead/profiles"
unset XDG_CONFIG_HOME
outside=$PWD/outside
mkdir outside "$tree/$outside" -p
echo "this system's" >outside/a.conf
echo "the tree's" >"$tree/$outside/a.conf"
ln -s "$outside/a.conf" "$tree/etc/thing/conf.d/10-a.conf"
ln -s "$outside" "$tree/etc/thing/more.d"
echo "the tree's" >"$tree/usr/share/thing/b.conf"
ln -s ../../usr/share/thing/b.conf "$tree/etc/thing/b.conf"
echo 'expose = "libreads.so.1"
map = "/etc/thing"' >"$HOME/.config/bulkhead/profiles/thing.toml"

library libreads.so.1 <<'END'
#include <stdio.h>
int reads(const char* path) {
  char line[64];
  FILE* file = fopen(path, "r");
  if (file == NULL || fgets(line, sizeof line, file) == NULL) return 1;
  fclose(file);
  return printf("%s %s", path, line) < 0;
}
END
program reads "$libs/libreads.so.1" <<'END'
int reads(const char*);
int main(void) {
  return reads("/etc/thing/conf.d/10-a.conf") | reads("/etc/thing/more.d/a.conf") | reads("/etc/thing/b.conf");
}
END
said=$("$bulkhead" run --tree "$tree" --profile thing -- ./reads) || fail "reads ended with $?: $said"
[[ $said == "/etc/thing/conf.d/10-a.conf the tree's
/etc/thing/more.d/a.conf the tree's
/etc/thing/b.conf the tree's" ]] || fail "read: $said"
