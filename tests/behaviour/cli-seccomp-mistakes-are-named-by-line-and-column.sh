#!/bin/bash
# What is wrong in a file for --seccomp is said with its line and column, and with what was probably meant.
. "$(dirname "$0")/cli.bash"
file() { printf '%s\n' "$@" >policy.toml; }
mistaken() { # TEXT…
    refused 125 "$@" -- "$bulkhead" explain --seccomp policy.toml
}
file '[region.tool]' 'kill = ["execve",' '  "conect"]'
mistaken 'policy.toml:3:3: "conect" is not a system call that is known; did you mean "connect"?'
file '[region.tool]' 'errno.EACESS = "connect"'
mistaken 'policy.toml:2:7: "EACESS" is no errno; did you mean "EACCES"?'
file '[region.tool]' 'default = "alow"'
mistaken 'policy.toml:2:11: default is "alow", which is no action; did you mean "allow"?'
file '[region."libz.so.1"]'
mistaken 'policy.toml:1:9: "libz.so.1" is not a region; did you mean "library:libz.so.1"?'
file '[region.tool]' 'kills = ["execve"]'
mistaken 'policy.toml:2:1: "kills" is not a key of a region; did you mean "kill"?'
file '[region.tool]' 'kill = ["execve"]' 'errno.EACCES = ["execve"]'
mistaken 'policy.toml:3:17: execve is in errno.EACCES, and in kill at policy.toml:2:9; keep one of them'
file '[region.tool]' 'allow = ["read"]'
mistaken 'policy.toml:2:10: read is in allow, which is the default of the region tool anyway'
file '[region.tool]' 'log = { call = "socket", arg0 = "is 1" }'
mistaken 'policy.toml:2:33: arg0 is "is 1", which is no comparison'
file '[region.tool' 'kill = "execve"'
mistaken 'policy.toml:1:'
rm policy.toml
mistaken "policy.toml: cannot be read: No such file or directory"
# Before a plan is made.
file '[region.tools]'
refused 125 'policy.toml:1:9: "tools" is not a region; did you mean "tool"?' -- \
    "$bulkhead" explain --seccomp policy.toml --tree nowhere --expose libthing.so.1
