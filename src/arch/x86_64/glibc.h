// What glibc has on x86-64 and otherwise elsewhere. Facts: glibc, sysdeps/x86_64 and
// sysdeps/unix/sysv/linux/x86_64; abi-tags, *.abilist.
#pragma once

// The version of the first glibc for this ABI, which all symbols have that were there from the
// beginning; and of functions that came later.
#define BULKHEAD_BASELINE "GLIBC_2.2.5"
#define BULKHEAD_VERSION_OF_DLMOPEN "GLIBC_2.3.4"
#define BULKHEAD_VERSION_OF_DLADDR1 "GLIBC_2.3.3"
#define BULKHEAD_VERSION_OF_DLINFO "GLIBC_2.3.3"

// Where a FILE has the table of its functions: sizeof(struct _IO_FILE).
#define BULKHEAD_FILE_TABLE 216
