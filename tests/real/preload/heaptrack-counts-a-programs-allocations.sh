#!/bin/bash
# heaptrack, which is C++, replaces malloc, and has an ordinary thread-local variable in it.
. "$(dirname "$0")/lib.bash"
need /usr/bin/python3
heaptrack=$(tool libheaptrack_preload.so)
export DUMP_HEAPTRACK_OUTPUT=$scratch/heap
compare "$heaptrack" -- /usr/bin/python3 -c 'import threading
def work():
    for i in range(1000): bytearray(5000)
threads = [threading.Thread(target=work) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
print("done")'
# A line for each allocation.
count=$(grep -c '^+' heap) || true
((count >= 8000)) || fail "heaptrack saw $count allocations: $(tail -n3 heap)"
