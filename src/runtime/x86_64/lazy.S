// bulkhead_shim_lazy: from a stub that was called too early into the runtime, and on to
// the function, with every register that can carry an argument as it was.
//
// On entry: (%rsp) the scaled symbol index that the stub pushed, then the caller's return
// address; %r11 the shim's header. Vector registers are kept in full width by XSAVE (an
// argument may be a __m512), without the AMX tiles, which are never arguments.

#include "arch/x86_64/state.h"

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
        push    %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        mov     %rsp, %rbp
        .cfi_def_cfa_register %rbp
        push    %rbx
        push    %rax
        push    %rcx
        push    %rdx
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        .cfi_offset %rbx, -32
        // CPUID leaf 1, ECX bit 27: the system uses XSAVE.
        mov     $1, %eax
        xor     %ecx, %ecx
        cpuid
        xor     %ebx, %ebx
        test    $0x08000000, %ecx
        jz      1f
        // Leaf 0xd: EBX is the size of the area for the enabled components. For component 17 it is
        // where tiles begin, if EAX says that there are any: 8 KiB at the area's end, more than half of
        // the smallest stack. All that is saved here lies before.
        mov     $0xd, %eax
        xor     %ecx, %ecx
        cpuid
        mov     %ebx, %esi
        mov     $0xd, %eax
        mov     $17, %ecx
        cpuid
        test    %eax, %eax
        cmovz   %esi, %ebx
        cmp     %esi, %ebx
        cmova   %esi, %ebx
1:      lea     -80(%rbp), %rcx
        test    %ebx, %ebx
        jz      2f
        mov     %rcx, %rsp
        sub     %rbx, %rsp
        and     $-64, %rsp
        // The 64-byte header after the legacy area must be zero before XSAVE.
        xor     %eax, %eax
        lea     512(%rsp), %rdi
        mov     $8, %ecx
        cld
        rep stosq
        mov     $BULKHEAD_STATE_OF_CALLBACKS, %eax
        xor     %edx, %edx
        xsave64 (%rsp)
        jmp     3f
2:      mov     %rcx, %rsp
        sub     $512, %rsp
        and     $-64, %rsp
        fxsave64 (%rsp)
3:      mov     -80(%rbp), %rdi
        mov     8(%rbp), %rsi
        call    bulkhead_open_for_call
        mov     %rax, %r11
        test    %ebx, %ebx
        jz      4f
        mov     $BULKHEAD_STATE_OF_CALLBACKS, %eax
        xor     %edx, %edx
        xrstor64 (%rsp)
        jmp     5f
4:      fxrstor64 (%rsp)
5:      lea     -72(%rbp), %rsp
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %rax
        pop     %rbx
        pop     %rbp
        .cfi_def_cfa %rsp, 16
        .cfi_restore %rbp
        add     $8, %rsp
        .cfi_adjust_cfa_offset -8
        jmp     *%r11
        .cfi_endproc
        .size   bulkhead_shim_lazy, .-bulkhead_shim_lazy

#include "arch/x86_64/notes.inc"
