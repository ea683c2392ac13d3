// Where calls from inside a capsule arrive that mean something else there.
//
// Each capsule has an entry of its own for each hook, since its address is all that tells whose
// call it is: the return address may be anybody's (a call at the end of a function leaves that
// function's caller), and to ask ld.so about it takes ld.so's lock. An entry is
//
//     entry:   endbr64
//              mov   $number, %r11d        capsule * kMaxHooks + hook
//              jmp   common
//
// The common code gives bulkhead_hook the arguments as an X86_64::HookCall and then either
// returns what that has left there, or goes on to another function with registers, stack and
// return address as they were (ld.so goes by the return address in dlsym).

#include "arch/entries.h"

        .text
        .globl  bulkhead_hook_entries
        .hidden bulkhead_hook_entries
        .type   bulkhead_hook_entries, @function
        .p2align 4
bulkhead_hook_entries:
        .cfi_startproc
        .set    number, 0
        .rept   BULKHEAD_CAPSULES * BULKHEAD_HOOKS
        endbr64
        mov     $number, %r11d
        jmp     1f
        .p2align 4, 0xcc
        .set    number, number + 1
        .endr
1:      push    %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        mov     %rsp, %rbp
        .cfi_def_cfa_register %rbp
        push    %r9
        push    %r8
        push    %rcx
        push    %rdx
        push    %rsi
        push    %rdi
        push    %rax
        push    %r11
        mov     %rsp, %rdi
        call    bulkhead_hook
        mov     %rax, %r11
        pop     %rdi            // the number
        pop     %rax
        pop     %rdi
        pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %r8
        pop     %r9
        pop     %rbp
        .cfi_def_cfa %rsp, 8
        .cfi_restore %rbp
        test    %r11, %r11
        jz      2f
        jmp     *%r11
2:      ret
        .cfi_endproc
        .size   bulkhead_hook_entries, .-bulkhead_hook_entries

#include "arch/x86_64/notes.inc"
