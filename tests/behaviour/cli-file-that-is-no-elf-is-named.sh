#!/bin/bash
# A text, an empty file, or a cut one under the library's name is named for what it is.
. "$(dirname "$0")/cli.bash"
cp tree/usr/lib/libthing.so.1 whole
echo "INPUT(libthing.so.1)" >tree/usr/lib/libthing.so.1
refused_as_damaged "is not an ELF file"
: >tree/usr/lib/libthing.so.1
refused_as_damaged "is not an ELF file"
for size in 5 40 70 600 4097; do
    head -c $size whole >tree/usr/lib/libthing.so.1
    refused_as_damaged "truncated"
done
