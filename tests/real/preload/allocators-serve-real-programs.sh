#!/bin/bash
# jemalloc and tcmalloc, which are C++ and bring libstdc++, and mimalloc are the allocator of python3 and sqlite3.
. "$(dirname "$0")/lib.bash"
need sqlite3 /usr/bin/python3
[[ $(printf '%s\n' 2.32 "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) == 2.32 ]] ||
    skip "before glibc 2.32 jemalloc's static TLS cannot be had"
export symbols="malloc free mallocx"
for name in libjemalloc.so.2 libtcmalloc_minimal.so.4 'libmimalloc.so.[0-9]'; do
    allocator=$(tool "$name")
    compare "$allocator" -- sqlite3 :memory: 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
        select count(*), sum(length(hex(randomblob(i % 100)))) > 0, group_concat(i) from n;'
    [[ $(found_in malloc) == $(realpath "$allocator") || $(found_in malloc) == "$allocator" ]] ||
        fail "sqlite3 has malloc from $(found_in malloc), not from $allocator"
    compare "$allocator" -- /usr/bin/python3 -c 'import json, sqlite3, ssl, subprocess, threading
def work(): return json.dumps([{"n": str(i)} for i in range(20000)])
threads = [threading.Thread(target=work) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
print(len(work()), subprocess.run(["sh", "-c", "echo child"], capture_output=True).stdout)'
done
# What it counts is the program.
MALLOC_CONF=stats_print:true "$bulkhead" preload "$(tool libjemalloc.so.2)" -- sqlite3 :memory: 'select 1' >stats 2>&1
grep -q '^Allocated: [1-9]' stats || fail "jemalloc has no statistics: $(<stats)"
