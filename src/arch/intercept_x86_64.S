// System calls that are let pass, and the signal handler's way in and out. intercept_x86_64.h
// says what the entries are for; src/intercept decides which is taken.
//
// The kernel compares the address after `syscall` with this region, bulkhead_intercept_begin to
// _end, so all calls that must not be intercepted are here. No call changes a register but %rax,
// %rcx (where it goes on) and %r11 (flags); nor do the entries, and flags only where a child or
// the second part of the handler follows.

#include <sys/syscall.h>

#include "arch/intercept_x86_64.h"

#define BACK BULKHEAD_FRAME_BACK
#define STACK BULKHEAD_FRAME_STACK
#define GIVEN BULKHEAD_FRAME_GIVEN
#define ORIGINAL BULKHEAD_FRAME_ORIGINAL
#define SIGSYS 31
#define SIG_SETMASK 2
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1

.macro entry name
        .globl  \name
        .hidden \name
        .type   \name, @function
        .p2align 4
\name:
.endm

.macro label name
        .globl  \name
        .hidden \name
\name:
.endm

.macro load from
        mov     \from(%rsp), %rdi
        mov     \from+8(%rsp), %rsi
        mov     \from+16(%rsp), %rdx
        mov     \from+24(%rsp), %r10
        mov     \from+32(%rsp), %r8
        mov     \from+40(%rsp), %r9
.endm

        // A page and no more: its addresses have the same upper half, which the filter counts on.
#define REGION 4096
        .section .text.bulkhead_intercept, "ax", @progbits
        .p2align 12
label bulkhead_intercept_begin

// int64_t bulkhead_intercept_call(number, arguments)
entry bulkhead_intercept_call
        .cfi_startproc
        endbr64
        mov     %rdi, %rax
        mov     %rsi, %rcx
        mov     (%rcx), %rdi
        mov     8(%rcx), %rsi
        mov     16(%rcx), %rdx
        mov     24(%rcx), %r10
        mov     32(%rcx), %r8
        mov     40(%rcx), %r9
        syscall
        ret
        .cfi_endproc
        .size   bulkhead_intercept_call, .-bulkhead_intercept_call

// The handler. The tool's code runs on a stack of its own, since the program's may be 16 KiB in
// all, and a goroutine's less. Nothing has to be saved: rt_sigreturn restores every register.
entry bulkhead_intercept_signal
        .cfi_startproc
        endbr64
        mov     %rsp, %rbx
        .cfi_def_cfa_register %rbx
        mov     %edi, %r12d
        mov     %rsi, %r13
        mov     %rdx, %r14
        // A thread is known by its number. %fs would be cheaper, but children of vfork and of
        // posix_spawn have their parent's, and a program may change it unseen.
        mov     $SYS_gettid, %eax
        syscall
        mov     bulkhead_intercept_threads(%rip), %rcx
        mov     (%rcx,%rax,8), %r15
        // Where a frame may be built: below the kernel's, and below it alone.
        lea     -BULKHEAD_FRAME_SIZE(%rbx), %rcx
        and     $-16, %rcx
        test    %r15, %r15
        jz      4f
1:      movb    $0, BULKHEAD_THREAD_SELECTOR(%r15)
        mov     %rcx, %rsp
        cmpl    $0, BULKHEAD_THREAD_DEPTH(%r15)
        jne     2f
        mov     BULKHEAD_THREAD_TOP(%r15), %rsp
2:      incl    BULKHEAD_THREAD_DEPTH(%r15)
        mov     %r13, %rdi
        mov     %r14, %rsi
        mov     %r15, %rdx
        call    bulkhead_intercept_dispatch
        decl    BULKHEAD_THREAD_DEPTH(%r15)
        jnz     3f
        movb    $1, BULKHEAD_THREAD_SELECTOR(%r15)
3:      mov     %rbx, %rsp
        cmpb    $0, BULKHEAD_THREAD_LEAVES(%r15)
        jne     5f
        test    %rax, %rax
        jnz     6f
        ret
        // A thread without a record.
4:      mov     %rcx, %rsp
        mov     %eax, %edi
        call    bulkhead_intercept_adopt
        mov     %rax, %r15
        lea     -BULKHEAD_FRAME_SIZE(%rbx), %rcx
        and     $-16, %rcx
        jmp     1b
        // The thread's last call but rt_sigreturn and exit: its record, whose stack is not in use
        // any more, goes to the free ones. The list's head has a count in the bits that are zero
        // in a record's address, so that a record which went and came back is noticed.
5:      movb    $0, BULKHEAD_THREAD_LEAVES(%r15)
        mov     bulkhead_intercept_free(%rip), %rax
7:      mov     %rax, BULKHEAD_THREAD_NEXT(%r15)
        lea     1(%rax), %ecx
        movzwl  %cx, %ecx
        or      %r15, %rcx
        lock cmpxchg %rcx, bulkhead_intercept_free(%rip)
        jne     7b
        ret
        // A signal that is the program's: its handler takes over, as if the kernel had called it.
6:      mov     %rax, %rbp
        mov     $SYS_rt_sigprocmask, %eax
        mov     $SIG_SETMASK, %edi
        lea     BULKHEAD_THREAD_MASK(%r15), %rsi
        xor     %edx, %edx
        mov     $8, %r10d
        syscall
        mov     %r12d, %edi
        mov     %r13, %rsi
        mov     %r14, %rdx
        notrack jmp *%rbp
        .cfi_endproc
        .size   bulkhead_intercept_signal, .-bulkhead_intercept_signal

// Debuggers and unwinders know the end of a signal handler by exactly this code.
        .byte   0x90
entry bulkhead_intercept_restorer
        mov     $SYS_rt_sigreturn, %rax
        syscall
        .size   bulkhead_intercept_restorer, .-bulkhead_intercept_restorer

entry bulkhead_intercept_bare
        syscall
        ud2
        .size   bulkhead_intercept_bare, .-bulkhead_intercept_bare

// A handler of the program's that interrupts the call writes below the stack pointer, so where
// to go on must be above it, and below the red zone.
entry bulkhead_intercept_pass
        .cfi_startproc
        .cfi_signal_frame
        .cfi_def_cfa %rsp, 0
        .cfi_register %rip, %rcx
        lea     -144(%rsp), %rsp
        .cfi_def_cfa_offset 144
        mov     %rcx, (%rsp)
        .cfi_offset %rip, -144
label bulkhead_intercept_pass_call
        syscall
        mov     (%rsp), %rcx
        .cfi_register %rip, %rcx
        lea     144(%rsp), %rsp
        .cfi_def_cfa_offset 0
        notrack jmp *%rcx
        .cfi_endproc
        .size   bulkhead_intercept_pass, .-bulkhead_intercept_pass

// The frame was built where the kernel's frame left room, which may be far below or on the
// alternate stack; it moves to its place before the call. `loop` changes no flag.
.macro begin_frame call
        .cfi_startproc
        .cfi_signal_frame
        .cfi_escape 0x0f, 0x03, 0x77, STACK, 0x06              // CFA: what is at STACK(%rsp)
        .cfi_escape 0x10, 0x10, 0x02, 0x77, BACK               // %rip: what is at BACK(%rsp)
        mov     $BULKHEAD_FRAME_SIZE/8, %ecx
1:      mov     -8(%rsp,%rcx,8), %rdi
        mov     %rdi, -8(%r11,%rcx,8)
        loop    1b
        mov     %r11, %rsp
        mov     BULKHEAD_FRAME_NUMBER(%rsp), %rax
        load    GIVEN
label \call
        syscall
.endm

.macro end_frame
        load    ORIGINAL
        mov     BACK(%rsp), %rcx
        mov     STACK(%rsp), %rsp
        .cfi_def_cfa %rsp, 0
        .cfi_register %rip, %rcx
        notrack jmp *%rcx
        .cfi_endproc
.endm

entry bulkhead_intercept_changed
        begin_frame bulkhead_intercept_changed_call
        end_frame
        .size   bulkhead_intercept_changed, .-bulkhead_intercept_changed

entry bulkhead_intercept_watched
        begin_frame bulkhead_intercept_watched_call
        mov     %rax, BULKHEAD_FRAME_RESULT(%rsp)
        jmp     bulkhead_intercept_settle
        .cfi_endproc
        .size   bulkhead_intercept_watched, .-bulkhead_intercept_watched

// All signals but SIGSYS are blocked until the child is ready, or the handler has settled the
// parent's side. A child of vfork comes here too, on the parent's stack, while the parent waits.
entry bulkhead_intercept_clone
        begin_frame bulkhead_intercept_clone_call
        test    %rax, %rax
        jz      2f
        mov     %rax, BULKHEAD_FRAME_RESULT(%rsp)
        jmp     bulkhead_intercept_settle
2:      mov     $SYS_gettid, %eax
        syscall
        mov     BULKHEAD_FRAME_THREAD(%rsp), %r8
        mov     bulkhead_intercept_threads(%rip), %rcx
        mov     %r8, (%rcx,%rax,8)
        testb   $BULKHEAD_CHILD_ACTION, BULKHEAD_FRAME_CHILD(%rsp)
        jz      3f
        mov     $SYS_rt_sigaction, %eax
        mov     $SIGSYS, %edi
        lea     bulkhead_intercept_action(%rip), %rsi
        xor     %edx, %edx
        mov     $8, %r10d
        syscall
3:      testb   $BULKHEAD_CHILD_DISPATCH, BULKHEAD_FRAME_CHILD(%rsp)
        jz      4f
        mov     $SYS_prctl, %eax
        mov     $PR_SET_SYSCALL_USER_DISPATCH, %edi
        mov     $PR_SYS_DISPATCH_ON, %esi
        lea     bulkhead_intercept_begin(%rip), %rdx
        mov     $REGION, %r10d
        // The selector is at the start of the record.
        syscall
        test    %rax, %rax
        jnz     bulkhead_intercept_lost_child
4:      mov     $SYS_rt_sigprocmask, %eax
        mov     $SIG_SETMASK, %edi
        lea     BULKHEAD_FRAME_MASK(%rsp), %rsi
        xor     %edx, %edx
        mov     $8, %r10d
        syscall
        xor     %eax, %eax
        end_frame
        .size   bulkhead_intercept_clone, .-bulkhead_intercept_clone

        .org    bulkhead_intercept_begin + REGION, 0xcc
label bulkhead_intercept_end

// Calls the handler again, which finds the frame at %rsp: the number does not matter. It is outside
// of the region for that. If nobody intercepts any more, the program goes on all the same.
        .text
entry bulkhead_intercept_settle
        .cfi_startproc
        .cfi_signal_frame
        .cfi_escape 0x0f, 0x03, 0x77, STACK, 0x06
        .cfi_escape 0x10, 0x10, 0x02, 0x77, BACK
        mov     $SYS_gettid, %eax
        syscall
label bulkhead_intercept_settled
        mov     BULKHEAD_FRAME_RESULT(%rsp), %rax
        end_frame
        .size   bulkhead_intercept_settle, .-bulkhead_intercept_settle

#include "arch/notes_x86_64.inc"
