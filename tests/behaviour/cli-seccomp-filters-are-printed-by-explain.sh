#!/bin/bash
# bulkhead explain --seccomp: each region's filter in words, how regions are told apart, the size; alone and with a plan.
. "$(dirname "$0")/cli.bash"
cat >policy.toml <<'END'
other-abi = "errno.ENOSYS"
[region.tool]
kill = ["execve"]
[region."library:libthing.so.*"]
default = "errno.EPERM"
allow = [{ call = "socket", arg0 = "== 1" }]
END
"$bulkhead" explain --seccomp policy.toml >said
cat said
has() { grep -qE -- "$1" said || fail "there is no \"$1\""; }
has '^seccomp policy policy.toml: [0-9]+ instructions of 4096 at least$'
has '^ +if the ABI is another \(i386, x32\) +return errno.ENOSYS$'
has '^ +if the instruction is in RANGE OF tool +go to tool$'
has '^ +if the instruction is in RANGE OF library:libthing.so.\* +go to library:libthing.so.\*$'
has '^ +else +go to default$'
has '^tool: [0-9]+ instructions$'
has '^ +if nr [!=]= execve: L[0-9]+$'
has 'return kill$'
has '^ +load arg0.high$'
has 'return errno.EPERM$'
has '^default: 1 instruction$'
"$bulkhead" explain --seccomp policy.toml --json | python3 -c '
import json, sys
policy = json.load(sys.stdin)
regions = {each["region"]: each["default"] for each in policy["regions"]}
assert regions == {"tool": "allow", "library:libthing.so.*": "errno.EPERM", "default": "allow"}, regions
assert all(len(each["filter"]) == each["instructions"] for each in policy["regions"])
assert policy["other_abi"] == "errno.ENOSYS" and policy["least_instructions"] < policy["most_instructions"]'
"$bulkhead" explain --seccomp policy.toml --tree tree --expose libthing.so.1 >said
has '^libthing.so.1 +exposed '
has '^seccomp policy policy.toml: '
"$bulkhead" explain --seccomp policy.toml --tree tree --expose libthing.so.1 --json | python3 -c '
import json, sys
both = json.load(sys.stdin)
assert both["libraries"] and both["seccomp"]["regions"]'
# Options of a plan without a tree are not passed over.
refused 125 "--tree is required" -- "$bulkhead" explain --seccomp policy.toml --share libz.so.1
