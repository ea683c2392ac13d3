#!/bin/bash
# Threads that close one library, or one capsule, at once close one opening of it: others' stay usable. An exception is the same
# in another process.
# shellcheck source=tests/behaviour/python.bash
. "${0%/*}/python.bash"

library libthing.so.1 <<<'int thing(void) { return 7; }'
cat >program.py <<'END'
import bulkhead, concurrent.futures, pickle, sys, threading

sys.setswitchinterval(1e-6)
capsule = bulkhead.Capsule(sys.argv[1])
mine = capsule.open("libthing.so.1")
for _ in range(300):
    theirs = capsule.open("libthing.so.1")
    barrier = threading.Barrier(4)
    def close():
        barrier.wait()
        theirs.close()
    threads = [threading.Thread(target=close) for _ in range(4)]
    for each in threads: each.start()
    for each in threads: each.join()
    # A closing too many would leave none.
    assert [each.name for each in capsule.libraries()].count("libthing.so.1") == 1
print(mine.thing())
mine.close()
print([each.name for each in capsule.libraries()].count("libthing.so.1"))
try:
    capsule.open("libnothing.so.1")
except bulkhead.Error as error:
    again = pickle.loads(pickle.dumps(error))
    print(again.code is error.code, again.errno == error.errno, str(again) == str(error))
END
expect "7
0
True True True" "$python" program.py "$tree"
