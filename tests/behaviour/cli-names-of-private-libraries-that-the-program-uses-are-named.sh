#!/bin/bash
# A program may use, without listing it, what a library that it lists needs. Where that is private to the capsule, this
# is said before the start, with the library to expose; with that one exposed the program runs.
. "${0%/*}/lib.sh"

library libbelow.so.1 <<<'int below(void) { return 1; } int below_value = 2;'
library libexposed.so.1 -Wl,--no-as-needed "$libs/libbelow.so.1" <<<'int below(void); int exposed(void) { return below(); }'
at=$host library libunderlinked.so.1 "$libs/libexposed.so.1" <<'END'
int exposed(void);
extern int below_value;
int *at = &below_value;
int underlinked(void) { return exposed() + *at; }
END
program now "$host/libunderlinked.so.1" "-Wl,-rpath,$host" <<<'int underlinked(void), printf(const char *, ...); int main(void) { printf("%d\n", underlinked()); }'
program lazy -Wl,-z,lazy,--unresolved-symbols=ignore-all "$libs/libexposed.so.1" <<'END'
int below(void), exposed(void), printf(const char *, ...);
int main(int count, char **arguments) { printf("%d\n", count > 1 ? below() : exposed()); }
END

LD_LIBRARY_PATH=$libs expect 3 ./now
refuses "below_value is imported by .*/libunderlinked.so.1, .* only libbelow.so.1 has it, which is private; expose libbelow.so.1" -- \
    run libexposed.so.1 -- ./now
"$bulkhead" explain --tree "$tree" --expose libexposed.so.1 -- ./now >said || true
grep -q "below_value is imported by" said || fail "explained: $(<said)"
expect 3 run libexposed.so.1,libbelow.so.1 -- ./now

expect 1 run libexposed.so.1 -- ./lazy
run libexposed.so.1 --verbose --no-cache -- ./lazy 2>said >/dev/null
grep -q "note: below is imported by .*: a call would end the program; expose libbelow.so.1 as well" said || fail "said: $(<said)"
expect 1 run libexposed.so.1,libbelow.so.1 -- ./lazy below
