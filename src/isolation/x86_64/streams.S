// Where calls of stdio's functions from inside an isolated capsule arrive (isolation/streams.h).
//
// Each capsule has an entry of its own for each such function: of the functions whose first argument
// is the stream, then of those whose second is, and so on. An entry is
//
//     entry:   endbr64
//              mov   $offset, %r11d        of its two targets in bulkhead_stream_targets
//              jmp   common code for that argument
//
// The common code goes on to the second target if the program's libc made the stream, and to the
// first for any other and for none. It knows by the table of functions that a stream of glibc's
// points to, behind what struct _IO_FILE tells: libc has it among its own data. All registers that
// may hold arguments stay as they are, also those of variadic functions (%rax, %xmm0 …).

#include "arch/entries.h"
#include "arch/x86_64/glibc.h"

        .macro  entries count, common
        .rept   \count
        endbr64
        mov     $offset, %r11d
        jmp     \common
        .p2align 4, 0xcc
        .set    offset, offset + 16
        .endr
        .endm

        .macro  look stream
        test    \stream, \stream
        jz      .Lnone
        mov     BULKHEAD_FILE_TABLE(\stream), %r10
        jmp     .Ldecide
        .endm

        .text
        .globl  bulkhead_stream_entries
        .hidden bulkhead_stream_entries
        .type   bulkhead_stream_entries, @function
        .p2align 4
bulkhead_stream_entries:
        .cfi_startproc
        .set    offset, 0
        .rept   BULKHEAD_CAPSULES
        entries BULKHEAD_STREAMS_FIRST, .Lfirst
        entries BULKHEAD_STREAMS_SECOND, .Lsecond
        entries BULKHEAD_STREAMS_THIRD, .Lthird
        entries BULKHEAD_STREAMS_FOURTH, .Lfourth
        entries BULKHEAD_STREAMS_FIFTH, .Lfifth
        .endr
.Lfirst:
        look    %rdi
.Lsecond:
        look    %rsi
.Lthird:
        look    %rdx
.Lfourth:
        look    %rcx
.Lfifth:
        look    %r8
.Ldecide:
        sub     bulkhead_base_libc(%rip), %r10
        cmp     bulkhead_base_libc+8(%rip), %r10
        lea     bulkhead_stream_targets(%rip), %r10
        lea     (%r10, %r11), %r11
        jae     1f
        jmp     *8(%r11)
.Lnone: lea     bulkhead_stream_targets(%rip), %r10
        add     %r10, %r11
1:      jmp     *(%r11)
        .cfi_endproc
        .size   bulkhead_stream_entries, .-bulkhead_stream_entries

#include "arch/x86_64/notes.inc"
