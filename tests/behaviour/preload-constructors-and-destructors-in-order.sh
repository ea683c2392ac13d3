#!/usr/bin/env bash
# A tool's constructor runs after those of what it needs and before the program's, its destructor
# after the program's.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

cat >say.h <<'END'
#include <string.h>
#include <unistd.h>
__attribute__((constructor)) static void start(void) { write(1, "+" NAME " ", strlen(NAME) + 2); }
__attribute__((destructor)) static void stop(void) { write(1, "-" NAME " ", strlen(NAME) + 2); }
END
tool libneeded.so -DNAME='"needed"' -include "$scratch/say.h" <<<'int needed;'
tool libtool.so -DNAME='"tool"' -include "$scratch/say.h" -Wl,--no-as-needed "$host/libneeded.so" -Wl,-rpath,"$host" <<<'int getppid(void) { return 1; }'
tool libof.so -DNAME='"library"' -include "$scratch/say.h" <<<'int of;'
program program -DNAME='"program"' -include "$scratch/say.h" -Wl,--no-as-needed "$host/libof.so" -Wl,-rpath,"$host" <<<'int main(void) { return 0; }'
expect "$(LD_PRELOAD=$host/libtool.so ./program | sed 's/+needed +library/+library +needed/; s/-library -needed/-needed -library/')" preload "$host/libtool.so" -- ./program
expect "+library +needed +tool +program -program -tool -needed -library " preload "$host/libtool.so" -- ./program
