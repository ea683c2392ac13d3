// What the TLS descriptors of a capsule's libraries call in place of ld.so's function.
//
// A descriptor is two words, {function, argument}. Code that uses a thread-local variable
// calls the function with the descriptor's address in %rax and gets, in %rax, the variable's
// offset from the thread pointer; it counts on every other register but the flags being as
// it was. ld.so's function for variables outside of static TLS breaks that promise before
// glibc 2.40 (BZ 31372) when it has to allocate: it keeps integer registers alone.
//
// bulkhead_tlsdesc_checked: does itself what needs no call, that is, nearly always: the
// argument points to {module, offset, generation}; the variable is there if this thread's
// DTV (its first word is its own generation, 16 bytes a module) is of that generation and
// has the module. Else it goes on into
//
// bulkhead_tlsdesc_saving: ld.so's own function with all state around it saved. Nothing is
// kept but on the stack, so it may run in signal handlers and in several threads.

#include "arch/x86_64/state.h"

        .text
        .globl  bulkhead_tlsdesc_checked
        .hidden bulkhead_tlsdesc_checked
        .type   bulkhead_tlsdesc_checked, @function
        .p2align 4
bulkhead_tlsdesc_checked:
        .cfi_startproc
        endbr64
        // No frame: signals leave the 128 bytes below the stack pointer alone.
        mov     %rdx, -8(%rsp)
        mov     %rcx, -16(%rsp)
        mov     %rax, -24(%rsp)
        mov     8(%rax), %rdx
        mov     %fs:8, %rcx
        mov     16(%rdx), %rax
        cmp     (%rcx), %rax
        ja      1f
        mov     (%rdx), %rax
        shl     $4, %rax
        mov     (%rcx, %rax), %rax
        cmp     $-1, %rax
        je      1f
        add     8(%rdx), %rax
        sub     %fs:0, %rax
        mov     -8(%rsp), %rdx
        mov     -16(%rsp), %rcx
        ret
1:      mov     -8(%rsp), %rdx
        mov     -16(%rsp), %rcx
        mov     -24(%rsp), %rax
        jmp     bulkhead_tlsdesc_saving
        .cfi_endproc
        .size   bulkhead_tlsdesc_checked, .-bulkhead_tlsdesc_checked

// The fields of X86_64::TlsSaving.
#define ORIGINAL        bulkhead_tlsdesc_state(%rip)
#define STATE           BULKHEAD_TLS_SAVING_STATE+bulkhead_tlsdesc_state
#define SIZE            BULKHEAD_STATE_SIZE+STATE(%rip)
#define MASK            BULKHEAD_STATE_MASK+STATE(%rip)
#define INSTRUCTION     BULKHEAD_STATE_INSTRUCTION+STATE(%rip)

        .globl  bulkhead_tlsdesc_saving
        .hidden bulkhead_tlsdesc_saving
        .type   bulkhead_tlsdesc_saving, @function
        .p2align 4
bulkhead_tlsdesc_saving:
        .cfi_startproc
        endbr64
        push    %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        mov     %rsp, %rbp
        .cfi_def_cfa_register %rbp
        push    %rbx
        .cfi_offset %rbx, -24
        push    %rcx
        .cfi_offset %rcx, -32
        push    %rdx
        .cfi_offset %rdx, -40
        push    %rsi
        .cfi_offset %rsi, -48
        push    %rdi
        .cfi_offset %rdi, -56
        push    %r8
        .cfi_offset %r8, -64
        push    %r9
        .cfi_offset %r9, -72
        push    %r10
        .cfi_offset %r10, -80
        push    %r11
        .cfi_offset %r11, -88
        mov     %rax, %rbx
        // Callers need not have aligned the stack.
        sub     SIZE, %rsp
        and     $-64, %rsp
        cmpl    $BULKHEAD_STATE_BY_FXSAVE, INSTRUCTION
        je      3f
        // The header after the legacy area must be zero: XSAVEC writes a part of it only.
        xor     %edx, %edx
        mov     %rdx, 512(%rsp)
        mov     %rdx, 520(%rsp)
        mov     %rdx, 528(%rsp)
        mov     %rdx, 536(%rsp)
        mov     %rdx, 544(%rsp)
        mov     %rdx, 552(%rsp)
        mov     %rdx, 560(%rsp)
        mov     %rdx, 568(%rsp)
        mov     MASK, %eax
        cmpl    $BULKHEAD_STATE_BY_XSAVE, INSTRUCTION
        je      1f
        xsavec64 (%rsp)
        jmp     2f
1:      xsave64 (%rsp)
2:      mov     %rbx, %rax
        call    *ORIGINAL
        mov     %rax, %rbx
        mov     MASK, %eax
        xor     %edx, %edx
        xrstor64 (%rsp)
        jmp     4f
3:      fxsave64 (%rsp)
        mov     %rbx, %rax
        call    *ORIGINAL
        mov     %rax, %rbx
        fxrstor64 (%rsp)
4:      mov     %rbx, %rax
        lea     -72(%rbp), %rsp
        pop     %r11
        .cfi_restore %r11
        pop     %r10
        .cfi_restore %r10
        pop     %r9
        .cfi_restore %r9
        pop     %r8
        .cfi_restore %r8
        pop     %rdi
        .cfi_restore %rdi
        pop     %rsi
        .cfi_restore %rsi
        pop     %rdx
        .cfi_restore %rdx
        pop     %rcx
        .cfi_restore %rcx
        pop     %rbx
        .cfi_restore %rbx
        pop     %rbp
        .cfi_def_cfa %rsp, 8
        .cfi_restore %rbp
        ret
        .cfi_endproc
        .size   bulkhead_tlsdesc_saving, .-bulkhead_tlsdesc_saving

// intptr_t bulkhead_tlsdesc_call(descriptor): a use of one, as a C function, which may change
// what C functions may change.
        .globl  bulkhead_tlsdesc_call
        .hidden bulkhead_tlsdesc_call
        .type   bulkhead_tlsdesc_call, @function
bulkhead_tlsdesc_call:
        .cfi_startproc
        endbr64
        sub     $8, %rsp
        .cfi_adjust_cfa_offset 8
        mov     %rdi, %rax
        call    *(%rax)
        add     $8, %rsp
        .cfi_adjust_cfa_offset -8
        ret
        .cfi_endproc
        .size   bulkhead_tlsdesc_call, .-bulkhead_tlsdesc_call

#include "arch/x86_64/notes.inc"
