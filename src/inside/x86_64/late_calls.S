// bulkhead_late_call: from the first call of a function that ld.so has not bound yet (inside/late_calls.h), on to the function
// or to ld.so's own entry, with every register that can carry an argument as it was.
//
// On entry, as the first entry of the PLT leaves it (psABI 5.2): (%rsp) the object's link map, then the number of the
// relocation, then the caller's return address.

#include "arch/x86_64/keep_arguments.inc"

        .text
        .globl  bulkhead_late_call
        .hidden bulkhead_late_call
        .type   bulkhead_late_call, @function
        .p2align 4
bulkhead_late_call:
        .cfi_startproc
        .cfi_adjust_cfa_offset 16
        endbr64
        KEEP_ARGUMENTS
        mov     8(%rbp), %rdi
        mov     16(%rbp), %rsi
        call    bulkhead_bind_late
        mov     %rax, %r11
        TAKE_ARGUMENTS
        .cfi_def_cfa %rsp, 24
        .cfi_restore %rbp
        test    %r11, %r11
        jz      1f
        add     $16, %rsp
        .cfi_adjust_cfa_offset -16
        jmp     *%r11
        .cfi_adjust_cfa_offset 16
1:      jmp     *bulkhead_late_binder(%rip)
        .cfi_endproc
        .size   bulkhead_late_call, .-bulkhead_late_call

#include "arch/x86_64/notes.inc"
