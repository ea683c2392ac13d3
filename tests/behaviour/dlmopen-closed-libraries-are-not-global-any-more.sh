#!/bin/bash
# A library that was opened with RTLD_GLOBAL and closed is as global, when it is opened again, as it is opened then.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libhas.so <<<'int has(void) { return 1; }'
module libwants.so <<<'int has(void);
int wants(void) { return has(); }'
module libfirst.so <<<'int first;'

caller again <<'EOF'
#include "api-calls.h"
int main(int count, char **arguments) {
  Lmid_t space = LM_ID_BASE;
  void *first = bh_dlmopen(count > 1 ? LM_ID_NEWLM : LM_ID_BASE, "./libfirst.so", RTLD_NOW);
  dlinfo(first, RTLD_DI_LMID, &space);
  void *has = bh_dlmopen(space, "./libhas.so", RTLD_NOW | RTLD_GLOBAL);
  void *wants = bh_dlmopen(space, "./libwants.so", RTLD_NOW);
  if (!has || !wants) return puts(bh_dlerror()), 1;
  bh_dlclose(wants);
  bh_dlclose(has);
  has = bh_dlmopen(space, "./libhas.so", RTLD_NOW);
  wants = bh_dlmopen(space, "./libwants.so", RTLD_NOW);
  puts(wants ? "found" : strstr(bh_dlerror(), "undefined symbol: has") ? "not found" : "another error");
}
EOF
cd "$host"
expect "not found" "$scratch/again"
expect "not found" "$scratch/again" in-a-namespace
