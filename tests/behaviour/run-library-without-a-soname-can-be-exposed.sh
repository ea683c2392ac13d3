#!/bin/bash
# A library without DT_SONAME, which programs open by the name of its file, can be exposed.
. "${0%/*}/lib.sh"

compile "$libs/libnameless.so" -shared -fPIC <<<'int nameless(void) { return 8; }'
program main -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *handle = dlopen("libnameless.so", RTLD_NOW);
  int (*nameless)(void) = handle ? dlsym(handle, "nameless") : NULL;
  printf("%d", nameless ? nameless() : -1);
}
END
[[ $(LD_LIBRARY_PATH=$libs ./main) == 8 ]] || fail "the fixture is wrong"
expect 8 run libnameless.so -- ./main
# By its path, where ld.so would not look for it.
mkdir "$tree/apart"
mv "$libs/libnameless.so" "$tree/apart"
expect 8 run /apart/libnameless.so -- ./main
# The same for a program that is linked with it.
program linked -L "$tree/apart" -lnameless <<'END'
#include <stdio.h>
int nameless(void);
int main(void) { return printf("%d", nameless()) < 0; }
END
expect 8 run /apart/libnameless.so -- ./linked
[[ ! -s stderr ]] || fail "there is a warning: $(<stderr)"

# A variable of it that the program has copied has its value.
mv "$tree/apart/libnameless.so" "$scratch"
compile "$tree/apart/libnameless.so" -shared -fPIC <<<'int level = 9; int get(void) { return level; }'
program copies -fno-pic -no-pie -L "$tree/apart" -lnameless <<'END'
#include <stdio.h>
extern int level;
int get(void);
int main(void) { return printf("%d %d", level, get()) < 0; }
END
expect '9 9' run /apart/libnameless.so -- ./copies

# Its own names come first where its place among the program's libraries is the first one.
at=$host library libother.so <<<'int get(void) { return 1; } int level = 2;'
compile "$tree/apart/libnameless.so" -shared -fPIC <<<'int level = 9; int get(void) { return 8; } int sum(void) { return get() + level; }'
for order in "$tree/apart/libnameless.so $host/libother.so" "$host/libother.so $tree/apart/libnameless.so"; do
    read -ra order <<<"$order"
    program sums "-L$tree/apart" "-L$host" "-Wl,-rpath,$host" -Wl,--no-as-needed "${order[@]/#*lib/-l:lib}" <<'END'
#include <stdio.h>
int sum(void);
int main(void) { return printf("%d", sum()) < 0; }
END
    natively=$(LD_LIBRARY_PATH=$tree/apart ./sums)
    expect "$natively" run /apart/libnameless.so -- ./sums
done
