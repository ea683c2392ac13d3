// The program's calls of dlopen and dlsym, where an exposed library may be meant.
//
// Both go on to ld.so's with the caller's return address, by which ld.so finds whose call it is.

        .text

// The program's dlopen. See outside/base_hooks.cc.
        .globl  bulkhead_program_dlopen
        .hidden bulkhead_program_dlopen
        .type   bulkhead_program_dlopen, @function
        .p2align 4
bulkhead_program_dlopen:
        .cfi_startproc
        endbr64
        push    %rsi            // the mode, which may be changed
        .cfi_adjust_cfa_offset 8
        mov     %rsp, %rsi
        lea     8(%rsp), %rdx   // where the return address is
        call    bulkhead_file_to_open
        pop     %rsi
        .cfi_adjust_cfa_offset -8
        test    %rdx, %rdx      // without a function %rax is the handle
        jz      1f
        mov     %rax, %rdi
        jmp     *%rdx
1:      ret
        .cfi_endproc
        .size   bulkhead_program_dlopen, .-bulkhead_program_dlopen

// The program's dlsym. RTLD_DEFAULT is 0, RTLD_NEXT -1: ld.so goes by the return address then.
        .symver dlsym, dlsym@GLIBC_2.2.5
        .globl  bulkhead_program_dlsym
        .hidden bulkhead_program_dlsym
        .type   bulkhead_program_dlsym, @function
        .p2align 4
bulkhead_program_dlsym:
        .cfi_startproc
        endbr64
        lea     1(%rdi), %rax
        xor     %edx, %edx
        cmp     $1, %rax
        ja      bulkhead_symbol_of
        je      2f
        jmp     *dlsym@GOTPCREL(%rip)
2:      cmpw    $0x6c64, (%rsi)         // "dl": one of the functions that are hooked?
        je      3f
        jmp     *dlsym@GOTPCREL(%rip)
3:      push    %rsi
        .cfi_adjust_cfa_offset 8
        mov     %rsi, %rdi
        call    bulkhead_hooked_name
        pop     %rsi
        .cfi_adjust_cfa_offset -8
        test    %rax, %rax
        jnz     4f
        xor     %edi, %edi
        jmp     *dlsym@GOTPCREL(%rip)
4:      ret
        .cfi_endproc
        .size   bulkhead_program_dlsym, .-bulkhead_program_dlsym

// The same with a version.
        .symver dlvsym, dlvsym@GLIBC_2.2.5
        .globl  bulkhead_program_dlvsym
        .hidden bulkhead_program_dlvsym
        .type   bulkhead_program_dlvsym, @function
        .p2align 4
bulkhead_program_dlvsym:
        .cfi_startproc
        endbr64
        lea     1(%rdi), %rax
        cmp     $1, %rax
        ja      bulkhead_symbol_of
        jmp     *dlvsym@GOTPCREL(%rip)
        .cfi_endproc
        .size   bulkhead_program_dlvsym, .-bulkhead_program_dlvsym

#include "arch/x86_64/notes.inc"
