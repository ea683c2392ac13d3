// bulkhead_shim_lazy: from a stub that was called too early into the runtime, and on to
// the function, with every register that can carry an argument as it was.
//
// On entry: (%rsp) the scaled symbol index that the stub pushed, then the caller's return
// address; %r11 the shim's header.

#include "arch/x86_64/keep_arguments.inc"

        .text
        .globl  bulkhead_shim_lazy
        .type   bulkhead_shim_lazy, @function
        .globl  bulkhead_entry_lazy
        .hidden bulkhead_entry_lazy
bulkhead_shim_lazy:
bulkhead_entry_lazy:
        .cfi_startproc
        .cfi_adjust_cfa_offset 8
        endbr64
        KEEP_ARGUMENTS
        mov     -80(%rbp), %rdi
        mov     8(%rbp), %rsi
        call    bulkhead_open_for_call
        mov     %rax, %r11
        TAKE_ARGUMENTS
        .cfi_def_cfa %rsp, 16
        .cfi_restore %rbp
        add     $8, %rsp
        .cfi_adjust_cfa_offset -8
        jmp     *%r11
        .cfi_endproc
        .size   bulkhead_shim_lazy, .-bulkhead_shim_lazy

#include "arch/x86_64/notes.inc"
