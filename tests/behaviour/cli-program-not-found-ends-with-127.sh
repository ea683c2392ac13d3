#!/bin/bash
# As env(1): 127 if there is no such program, 126 if it cannot be executed.
. "$(dirname "$0")/cli.bash"
refused 127 no-such-program "PATH" -- run no-such-program
refused 127 ./nowhere/program "no such program" -- run ./nowhere/program
refused 126 tree "is a directory" -- run ./tree
cp program not-executable
chmod a-x not-executable
refused 126 not-executable "may not be executed" -- run ./not-executable
mkdir bin
cp not-executable bin/tool
PATH=$PWD/bin:$PATH refused 126 bin/tool "may not be executed" -- run tool
printf '#!%s/nowhere/sh\n' "$PWD" >script
chmod +x script
refused 126 script nowhere/sh -- run ./script

# What the kernel would only call "No such file or directory".
printf '#!/bin/sh\r\necho\r\n' >script
refused 126 script "CR LF" -- run ./script
cc -x c - -o foreign "-Wl,--dynamic-linker=$PWD/nowhere/ld.so" <<<'int main(void) { return 0; }'
refused 126 foreign "its dynamic linker $PWD/nowhere/ld.so is not there" -- run ./foreign
mkfifo fifo
chmod +x fifo
refused 126 fifo "not a regular file" -- run ./fifo
chmod +x tree/usr/lib/libthing.so.1
refused 125 libthing.so.1 "is a shared object, not a program" -- run tree/usr/lib/libthing.so.1
