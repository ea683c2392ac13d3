// The code that goes into generated images, for those who patch it (code.cc) and in assembly
// (templates.S): sizes, and where what is in it.
//
// A template is assembled as if everything that it refers to lay at its own start. So whoever puts
// a copy of it into an image adds to each displacement the distance from the copy to what is meant.
#pragma once

#define BULKHEAD_STUB_SIZE 16
#define BULKHEAD_COMMON_SIZE 128
#define BULKHEAD_COMMON_INIT 56  // DT_INIT's code
#define BULKHEAD_COMMON_FINI 80  // DT_FINI's
#define BULKHEAD_COMMON_RELOCATE 104
#define BULKHEAD_GUARD_SIZE 48
#define BULKHEAD_NEXT_SIZE 16
#define BULKHEAD_TRAMPOLINE_SIZE 32
#define BULKHEAD_EMPTY_FINI_SIZE 13
#define BULKHEAD_EMPTY_INIT_SIZE 27

// A symbol of the table: its size is SCALE times what an address can be scaled by, which is WORD.
#define BULKHEAD_SYMBOL_WORD 8
#define BULKHEAD_SYMBOL_SCALE 3
#define BULKHEAD_SYMBOL_VALUE 8  // where st_value is in it

#ifndef __ASSEMBLER__

#include <cstddef>

extern "C" {
// Each template, and the words in it that are to be patched. Never called where they are.
[[gnu::visibility("hidden")]] extern const std::byte bulkhead_template_stub[BULKHEAD_STUB_SIZE],
    bulkhead_template_stub_index[], bulkhead_template_stub_common[];
[[gnu::visibility("hidden")]] extern const std::byte bulkhead_template_common[BULKHEAD_COMMON_SIZE],
    bulkhead_template_common_state[], bulkhead_template_common_symtab[],
    bulkhead_template_common_image[], bulkhead_template_common_header[],
    bulkhead_template_common_lazy[], bulkhead_template_common_init_header[],
    bulkhead_template_common_init[], bulkhead_template_common_fini_header[],
    bulkhead_template_common_fini[], bulkhead_template_common_relocate_header[],
    bulkhead_template_common_relocate[];
[[gnu::visibility("hidden")]] extern const std::byte bulkhead_template_guard[BULKHEAD_GUARD_SIZE],
    bulkhead_template_guard_begin[], bulkhead_template_guard_size[],
    bulkhead_template_guard_target[], bulkhead_template_guard_early[];
[[gnu::visibility("hidden")]] extern const std::byte bulkhead_template_next[BULKHEAD_NEXT_SIZE];
[[gnu::visibility(
    "hidden")]] extern const std::byte bulkhead_template_trampoline[BULKHEAD_TRAMPOLINE_SIZE],
    bulkhead_template_trampoline_target[];
// Not ours: what linkers make of an empty .fini and an empty .init, on CET and without.
[[gnu::visibility(
    "hidden")]] extern const std::byte bulkhead_template_empty_fini[BULKHEAD_EMPTY_FINI_SIZE],
    bulkhead_template_empty_fini_without[];
[[gnu::visibility(
    "hidden")]] extern const std::byte bulkhead_template_empty_init[BULKHEAD_EMPTY_INIT_SIZE],
    bulkhead_template_empty_init_without[], bulkhead_template_empty_init_start[];
}

#endif
