#!/bin/bash
# Constructors and destructors in a namespace run in ld.so's order, once, whatever they open or close meanwhile. (glibc's
# constload1 to constload3, tst-rec-dlopen, tst-initorder, tst-initorder2, order, order2.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

# a needs b and c; b needs d; c needs d and b.
part d
part b "$host/libd.so.1"
part c "$host/libd.so.1" "$host/libb.so.1"
part a "$host/libb.so.1" "$host/libc.so.1"
both_do <<'EOF'
open a + liba.so.1  => d+ b+ c+ a+ ok
close a             => a- c- b- d- ok
open c + libc.so.1  => d+ b+ c+ ok
open a c liba.so.1  => a+ ok
end                 => a- c- b- d-
EOF

# Constructors that open others: one that is new, one that opens a third, one that is being opened.
part third
part second '-DOPENS="libthird.so.1"'
part first '-DOPENS="libsecond.so.1"'
part circle '-DOPENS="libneedscircle.so.1"' -DKEEPS
part needscircle "$host/libcircle.so.1"
both_do <<'EOF'
open f + libfirst.so.1   => first( second( third+ )+ )+ ok
loaded f libthird.so.1   => yes
close f                  => first- second- third- ok
loaded f libthird.so.1   => no
open f + libcircle.so.1  => circle( needscircle+ )+ ok
end                      => needscircle- circle-
EOF
