// bulkhead_shim_entries: what shims import (handoff/handoff.h). Each entry goes on to the function of its name.

        .text

        .macro  ENTRY to
        .p2align 4
        endbr64
        jmp     \to
        .endm

        .globl  bulkhead_shim_entries
        .type   bulkhead_shim_entries, @function
        .p2align 4
bulkhead_shim_entries:
        .cfi_startproc
        ENTRY   bulkhead_entry_init
        ENTRY   bulkhead_entry_lazy
        ENTRY   bulkhead_entry_fini
        ENTRY   bulkhead_entry_relocate
        .cfi_endproc
        .size   bulkhead_shim_entries, .-bulkhead_shim_entries

#include "arch/x86_64/notes.inc"
