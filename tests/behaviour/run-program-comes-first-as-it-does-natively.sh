#!/bin/bash
# What of the program counts inside, and what does not: its functions under names of an exposed
# library that came as another one's dependency; variables and functions of the version that it was
# linked with; not the operator new of a plugin that it opened for itself.
. "${0%/*}/lib.sh"

same() { # LIBRARIES PROGRAM…: as natively
    local native
    native=$(LD_LIBRARY_PATH=$libs "${@:2}" 2>/dev/null) || fail "the fixture is wrong: ${*:2}"
    expect "$native" run "$1" -- "${@:2}"
}

library libneeded.so.1 <<<'int hook(void) { return 1; } int call(void) { return 10 * hook(); }'
library libuser.so.1 "$libs/libneeded.so.1" <<<'int call(void); int user(void) { return call(); }'
program main -rdynamic "$libs/libuser.so.1" <<'END'
#include <stdio.h>
int user(void);
int hook(void) { return 8; }
int main(void) { printf("%d", user()); }
END
same libuser.so.1,libneeded.so.1 ./main

echo 'V1 { global: variable; function; local: *; };' >old.map
echo 'V1 { global: variable; function; local: *; }; V2 { global: variable; function; get; } V1;' >new.map
library libversion.so.1 -Wl,--version-script=old.map <<<'int variable = 1; int function(void) { return 1; }'
program main -fno-pic -no-pie "$libs/libversion.so.1" -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
extern int variable;
int function(void);
int main(void) {
  int (*volatile here)(void) = function, (*get)(void) = dlsym(dlopen("libversion.so.1", RTLD_NOW), "get");
  printf("%d %d %d", variable, get(), here());
}
END
library libversion.so.1 -Wl,--version-script=new.map <<'END'
__asm__(".symver old_variable, variable@V1; .symver new_variable, variable@@V2");
__asm__(".symver old_function, function@V1; .symver new_function, function@@V2");
int old_variable = 1, new_variable = 2;
extern int variable;
int function(void);
int new_function(void) { return 20; }
int old_function(void) { return function() + 100; }
int get(void) { return variable; }
END
same libversion.so.1 ./main

language=c++ library libcxx.so.1 <<'END'
#include <string>
extern "C" int work(void) { return std::string(100, 'x').size(); }
END
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
language=c++ compile plugin.so -shared -fPIC -static-libstdc++ -static-libgcc <<'END'
#include <cstdlib>
#include <new>
int count;
void *operator new(std::size_t size) { count++; return malloc(size); }
void operator delete(void *block) noexcept { free(block); }
extern "C" int counted() { return count; }
END
program main -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *plugin = dlopen("./plugin.so", RTLD_NOW | RTLD_LOCAL), *library = dlopen("libcxx.so.1", RTLD_NOW);
  int (*counted)(void) = dlsym(plugin, "counted"), (*work)(void) = dlsym(library, "work");
  int before = counted(), done = work();
  printf("%d %d ", done, counted() - before);
  dlclose(plugin);
  printf("%d", work());
}
END
same libcxx.so.1 ./main
