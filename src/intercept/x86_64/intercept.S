// System calls that are let pass, and the signal handler's way in and out. arch/x86_64/intercept.h
// says what the entries are for; src/intercept decides which is taken.
//
// The kernel compares the address after `syscall` with this region, bulkhead_intercept_begin to
// _end, so all calls that must not be intercepted are here. No call changes a register but %rax,
// %rcx (where it goes on) and %r11 (flags); nor do the entries, and flags only where a child or
// the second part of the handler follows, or where they are restored.

#include <sys/syscall.h>

#include "arch/x86_64/intercept.h"

#define BACK BULKHEAD_FRAME_BACK
#define STACK BULKHEAD_FRAME_STACK
#define GIVEN BULKHEAD_FRAME_GIVEN
#define ORIGINAL BULKHEAD_FRAME_ORIGINAL
#define MASK BULKHEAD_FRAME_MASK
#define THREAD BULKHEAD_FRAME_THREAD
#define FLAGS BULKHEAD_FRAME_FLAGS
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

// Unwinding from where a register points to a frame; its number in DW_OP_breg.
#define RSP 0x77
#define RBX 0x73
.macro frame_at register
        .cfi_escape 0x0f, 0x03, \register, STACK, 0x06        // CFA: what is at STACK
        .cfi_escape 0x10, 0x10, 0x02, \register, BACK         // %rip: what is at BACK
.endm

// How bulkhead_intercept_state (arch/x86_64/state.h) says that it is saved.
#define STATE_MASK BULKHEAD_STATE_MASK+bulkhead_intercept_state(%rip)
#define STATE_INSTRUCTION BULKHEAD_STATE_INSTRUCTION+bulkhead_intercept_state(%rip)

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
// all, and a goroutine's less. Nothing has to be saved: rt_sigreturn restores every register. For
// debuggers it is a frame of the signal's: they take any other that is on another stack for damaged.
entry bulkhead_intercept_signal
        .cfi_startproc
        .cfi_signal_frame
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
        cmp     %eax, BULKHEAD_THREAD_NUMBER(%r15)
        jne     4f
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
        // A thread without a record, which may have the number of one that had.
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
        movl    $0, BULKHEAD_THREAD_NUMBER(%r15)
        movq    $0, BULKHEAD_THREAD_POINTER(%r15)
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

// Some unwinders know the end of a signal handler by exactly this code; others, gdb among them, by
// a name that is libc's, or by this description: the kernel's struct ucontext is at %rsp. It covers
// the byte before the code, for an unwinder looks there for whoever is returned to.
.macro saved dwarf, at
        .cfi_escape 0x10, \dwarf, 0x03, RSP, ((\at) & 0x7f) | 0x80, (\at) >> 7
.endm
        .cfi_startproc
        .cfi_signal_frame
        .cfi_escape 0x0f, 0x04, RSP, (160 & 0x7f) | 0x80, 160 >> 7, 0x06
        // %rax, %rdx, %rcx, %rbx, %rsi, %rdi, %rbp, %rsp; %r8 to %r15; %rip
        saved 0, 144; saved 1, 136; saved 2, 152; saved 3, 128
        saved 4, 112; saved 5, 104; saved 6, 120; saved 7, 160
        .irp number, 8, 9, 10, 11, 12, 13, 14, 15
        saved \number, 40+8*(\number-8)
        .endr
        saved 16, 168
        nop
entry bulkhead_intercept_restorer
        mov     $SYS_rt_sigreturn, %rax
        syscall
        .cfi_endproc
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
        lea     -BULKHEAD_PASS_ROOM(%rsp), %rsp
        .cfi_def_cfa_offset BULKHEAD_PASS_ROOM
        mov     %rcx, (%rsp)
        .cfi_offset %rip, -BULKHEAD_PASS_ROOM
label bulkhead_intercept_pass_call
        syscall
        mov     (%rsp), %rcx
        .cfi_register %rip, %rcx
        lea     BULKHEAD_PASS_ROOM(%rsp), %rsp
        .cfi_def_cfa_offset 0
        notrack jmp *%rcx
        .cfi_endproc
        .size   bulkhead_intercept_pass, .-bulkhead_intercept_pass

// The frame was built where the kernel's frame left room, which may be far below or on the
// alternate stack; it moves to its place before the call. `loop` changes no flag.
.macro begin_frame call
        .cfi_startproc
        .cfi_signal_frame
        frame_at RSP
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

// After the call, a callback sees the result. No signal may come meanwhile: the program's handlers
// could leave by longjmp, and their calls are to be seen. What C code may change is saved first:
// flags (in the frame already), and the state that XSAVE knows. It then is as in a signal handler,
// as far as the ABI lets functions count on it.
entry bulkhead_intercept_watched
        begin_frame bulkhead_intercept_watched_call
        mov     %rax, BULKHEAD_FRAME_RESULT(%rsp)
        mov     THREAD(%rsp), %rcx
        jrcxz   1f
        mov     $SYS_rt_sigprocmask, %eax
        mov     $SIG_SETMASK, %edi
        lea     bulkhead_intercept_callback_mask(%rip), %rsi
        lea     MASK(%rsp), %rdx
        mov     $8, %r10d
        syscall
        mov     %rax, %rcx
        jrcxz   2f
1:      jmp     bulkhead_intercept_settle
2:      mov     %rbx, GIVEN(%rsp)
        mov     %rsp, %rbx
        frame_at RBX
        .cfi_escape 0x10, 0x03, 0x02, RBX, GIVEN               // %rbx: what is at GIVEN
        // The record is this thread's, unless a handler of the program's interrupted the call and
        // let another thread go on with it.
        mov     THREAD(%rbx), %r8
        mov     %fs:0, %rax
        cmp     BULKHEAD_THREAD_POINTER(%r8), %rax
        je      .Lsave
        mov     $SYS_gettid, %eax
        syscall
        mov     bulkhead_intercept_threads(%rip), %rcx
        mov     (%rcx,%rax,8), %r8
        movq    $0, THREAD(%rbx)
        test    %r8, %r8
        jz      .Lgo_on
        cmp     %eax, BULKHEAD_THREAD_NUMBER(%r8)
        jne     .Lgo_on
        mov     %r8, THREAD(%rbx)
.Lsave: incl    BULKHEAD_THREAD_DEPTH(%r8)
        movb    $0, BULKHEAD_THREAD_SELECTOR(%r8)
        mov     BULKHEAD_THREAD_TOP(%r8), %rsp
        mov     STATE_MASK, %eax
        xor     %edx, %edx
        cmpl    $BULKHEAD_STATE_BY_XSAVE, STATE_INSTRUCTION
        jb      .Lfxsave
        je      .Lxsave
        xsavec64 (%rsp)
        jmp     .Lsaved
.Lxsave:
        xsave64 (%rsp)
.Lsaved:
        testb   $1, 512(%rsp)           // the header: is x87 in use?
        jz      .Lcall
        fninit
        jmp     .Lcall
.Lfxsave:
        fxsave64 (%rsp)
        fninit
.Lcall: ldmxcsr .Linitial_mxcsr(%rip)
        cld
        mov     %rbx, %rdi
        call    bulkhead_intercept_after
        mov     STATE_MASK, %eax
        xor     %edx, %edx
        cmpl    $BULKHEAD_STATE_BY_FXSAVE, STATE_INSTRUCTION
        je      .Lfxrstor
        xrstor64 (%rsp)
        jmp     .Lgo_on
.Lfxrstor:
        fxrstor64 (%rsp)
        // From here on no flag changes.
.Lgo_on:
        pushq   FLAGS(%rbx)
        popfq
        mov     %rbx, %rsp
        mov     THREAD(%rbx), %rcx
        jrcxz   .Lunblock
        movl    $0, BULKHEAD_THREAD_DEPTH(%rcx)
        movb    $1, BULKHEAD_THREAD_SELECTOR(%rcx)
.Lunblock:
        mov     GIVEN(%rsp), %rbx
        frame_at RSP
        .cfi_restore %rbx
        mov     $SYS_rt_sigprocmask, %eax
        mov     $SIG_SETMASK, %edi
        lea     MASK(%rsp), %rsi
        mov     $0, %edx
        mov     $8, %r10d
        syscall
        mov     BULKHEAD_FRAME_RESULT(%rsp), %rax
        end_frame
        .size   bulkhead_intercept_watched, .-bulkhead_intercept_watched
        .p2align 2
.Linitial_mxcsr: .long 0x1f80

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
        mov     %eax, BULKHEAD_THREAD_NUMBER(%r8)
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
        frame_at RSP
        mov     $SYS_gettid, %eax
        syscall
label bulkhead_intercept_settled
        mov     BULKHEAD_FRAME_RESULT(%rsp), %rax
        end_frame
        .size   bulkhead_intercept_settle, .-bulkhead_intercept_settle

#include "arch/x86_64/notes.inc"
