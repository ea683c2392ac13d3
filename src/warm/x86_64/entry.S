// Where the command begins: before libc is there, or anything is relocated.
//
// bulkhead_warm_start looks whether this is a start that was made before, and then does not return. Else everything is
// given to libc's _start as the kernel gave it to us: the stack pointer, and %rdx, which is for atexit.

        .text
        .globl  bulkhead_entry
        .hidden bulkhead_entry
        .hidden bulkhead_warm_start
        .type   bulkhead_entry, @function
bulkhead_entry:
        .cfi_startproc
        .cfi_undefined rip              // nobody called
        endbr64
        mov     %rsp, %rbx
        mov     %rdx, %r12
        xor     %ebp, %ebp
        mov     %rsp, %rdi
        and     $-16, %rsp
        call    bulkhead_warm_start
        mov     %rbx, %rsp
        mov     %r12, %rdx
        jmp     _start
        .cfi_endproc
        .size   bulkhead_entry, . - bulkhead_entry

// long bulkhead_warm_call(long number, long, long, long, long): a system call; negative is an error.
        .globl  bulkhead_warm_call
        .type   bulkhead_warm_call, @function
        .hidden bulkhead_warm_call
bulkhead_warm_call:
        .cfi_startproc
        endbr64
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        syscall
        ret
        .cfi_endproc
        .size   bulkhead_warm_call, . - bulkhead_warm_call

#include "arch/x86_64/notes.inc"
