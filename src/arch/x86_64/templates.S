// The code of generated images: templates.h says how it gets there, machine.h what it is for.
//
// %r11 is the one register that a call through a PLT may change (psABI 3.2.3).

#include "arch/x86_64/templates.h"

// Data here: it runs in images alone.
        .section .rodata

        .macro  TEMPLATE name
        .globl  bulkhead_template_\name
        .hidden bulkhead_template_\name
        .type   bulkhead_template_\name, @object
        .p2align 4
bulkhead_template_\name:
.Lhere_\name:
        .endm

        .macro  END name, size
        .org    .Lhere_\name + \size, 0xcc
        .size   bulkhead_template_\name, .-bulkhead_template_\name
        .endm

// Names the word that the instruction before ends with, or has so many bytes before its end.
        .macro  PATCH name, back=4
        .globl  bulkhead_template_\name
        .hidden bulkhead_template_\name
        .set    bulkhead_template_\name, . - \back
        .endm

// What a program calls until its slot is bound to the capsule directly. The symbol's index is
// scaled by what an address cannot be scaled by.
TEMPLATE stub
        endbr64
        mov     $0, %r11d
        PATCH   stub_index
        {disp32} jmp .Lhere_stub
        PATCH   stub_common
END stub, BULKHEAD_STUB_SIZE

// On from all stubs of a shim, to the symbol's value in the shim's own dynsym, or into the runtime
// while that does not lead to the capsule.
TEMPLATE common
        cmpl    $0, .Lhere_common(%rip)
        PATCH   common_state, 5
        je      1f
        push    %rax
        lea     .Lhere_common(%rip), %rax
        PATCH   common_symtab
        mov     BULKHEAD_SYMBOL_VALUE(%rax,%r11,BULKHEAD_SYMBOL_WORD), %r11
        lea     .Lhere_common(%rip), %rax
        PATCH   common_image
        add     %rax, %r11
        pop     %rax
        jmp     *%r11
1:      push    %r11
        lea     .Lhere_common(%rip), %r11
        PATCH   common_header
        jmp     *.Lhere_common(%rip)
        PATCH   common_lazy
// DT_INIT and DT_FINI, which ld.so calls through pointers. Their arguments (argc, argv, envp) are of
// no use to the runtime; it is told which shim it is.
        .org    .Lhere_common + BULKHEAD_COMMON_INIT, 0xcc
        endbr64
        lea     .Lhere_common(%rip), %rdi
        PATCH   common_init_header
        jmp     *.Lhere_common(%rip)
        PATCH   common_init
        .org    .Lhere_common + BULKHEAD_COMMON_FINI, 0xcc
        endbr64
        lea     .Lhere_common(%rip), %rdi
        PATCH   common_fini_header
        jmp     *.Lhere_common(%rip)
        PATCH   common_fini
// Of relocations that ld.so resolves by calling code: what it returns goes into a word of no use.
        .org    .Lhere_common + BULKHEAD_COMMON_RELOCATE, 0xcc
        endbr64
        lea     .Lhere_common(%rip), %rdi
        PATCH   common_relocate_header
        jmp     *.Lhere_common(%rip)
        PATCH   common_relocate
END common, BULKHEAD_COMMON_SIZE

// What a program calls in place of free and its like: memory of the early heap is not the tool's.
TEMPLATE guard
        endbr64
        mov     %rdi, %r11
        sub     .Lhere_guard(%rip), %r11
        PATCH   guard_begin
        cmp     .Lhere_guard(%rip), %r11
        PATCH   guard_size
        jb      1f
        jmp     *.Lhere_guard(%rip)
        PATCH   guard_target
1:      jmp     *.Lhere_guard(%rip)
        PATCH   guard_early
END guard, BULKHEAD_GUARD_SIZE

// Calls its fourth argument with the first three: what is called sees a return address in the image
// that this code is in. The stack is aligned as the psABI wants it.
TEMPLATE next
        endbr64
        sub     $8, %rsp
        call    *%rcx
        add     $8, %rsp
        ret
END next, BULKHEAD_NEXT_SIZE

TEMPLATE trampoline
        endbr64
        movabs  $0, %r11
        PATCH   trampoline_target, 8
        jmp     *%r11
END trampoline, BULKHEAD_TRAMPOLINE_SIZE

// crti.o and crtn.o of a library with nothing of its own in .fini.
TEMPLATE empty_fini
        endbr64
        PATCH   empty_fini_without, 0
        sub     $8, %rsp
        add     $8, %rsp
        ret
END empty_fini, BULKHEAD_EMPTY_FINI_SIZE

TEMPLATE empty_init
        endbr64
        PATCH   empty_init_without, 0
        sub     $8, %rsp
        mov     .Lhere_empty_init(%rip), %rax
        PATCH   empty_init_start
        test    %rax, %rax
        je      1f
        call    *%rax
1:      add     $8, %rsp
        ret
END empty_init, BULKHEAD_EMPTY_INIT_SIZE

#include "arch/x86_64/notes.inc"
