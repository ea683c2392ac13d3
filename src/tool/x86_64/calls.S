// The program's dlopen and dlsym while tools have hooks: see preload/calls.cc, whose functions
// answer, or leave it to ld.so. That goes by the caller's return address, so the call goes on as if
// it had come there directly.

// Arguments are kept over the question. In %rdx of the answer: whether it is one.
        .macro  KEEP
        push    %rdi
        .cfi_adjust_cfa_offset 8
        push    %rsi
        .cfi_adjust_cfa_offset 8
        push    %rdx
        .cfi_adjust_cfa_offset 8
        .endm
        .macro  RETURN_IF_ANSWERED
        test    %rdx, %rdx
        pop     %rdx
        .cfi_adjust_cfa_offset -8
        pop     %rsi
        .cfi_adjust_cfa_offset -8
        pop     %rdi
        .cfi_adjust_cfa_offset -8
        jz      1f
        ret
1:
        .endm
        .macro  ENTRY name
        .globl  \name
        .hidden \name
        .type   \name, @function
        .p2align 4
\name:
        .cfi_startproc
        endbr64
        KEEP
        .endm
        .macro  END name
        .cfi_endproc
        .size   \name, .-\name
        .endm

        .symver dlvsym, dlvsym@GLIBC_2.2.5
        .symver dlmopen, dlmopen@GLIBC_2.3.4
        .text

// dlopen(file, mode)
ENTRY bulkhead_tool_dlopen
        mov     24(%rsp), %rdx
        call    bulkhead_tool_open
        RETURN_IF_ANSWERED
        jmp     bulkhead_program_dlopen
END bulkhead_tool_dlopen

// dlmopen(namespace, file, mode): of the program's, which is LM_ID_BASE, 0.
ENTRY bulkhead_tool_dlmopen
        mov     %rdi, %rcx
        mov     %rsi, %rdi
        mov     %edx, %esi
        mov     24(%rsp), %rdx
        call    bulkhead_tool_open_in
        RETURN_IF_ANSWERED
        jmp     *dlmopen@GOTPCREL(%rip)
END bulkhead_tool_dlmopen

// dlsym(handle, name)
ENTRY bulkhead_tool_dlsym
        xor     %edx, %edx
        mov     24(%rsp), %rcx
        call    bulkhead_tool_symbol
        RETURN_IF_ANSWERED
        jmp     bulkhead_program_dlsym
END bulkhead_tool_dlsym

// dlvsym(handle, name, version)
ENTRY bulkhead_tool_dlvsym
        mov     24(%rsp), %rcx
        call    bulkhead_tool_symbol
        RETURN_IF_ANSWERED
        jmp     *dlvsym@GOTPCREL(%rip)
END bulkhead_tool_dlvsym

#include "arch/x86_64/notes.inc"
