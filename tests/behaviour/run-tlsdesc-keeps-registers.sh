#!/bin/bash
# A use of a thread-local variable by its TLS descriptor changes no register, whatever ld.so and
# malloc do for it: in a constructor, in a new thread, in a library that is opened later. (Long for the assembly that
# sets and reads all registers.)
. "${0%/*}/lib.sh"
[[ $(uname -m) == x86_64 ]] || skip "other CPUs' ld.so has always kept them"

level=sse
! grep -qw avx /proc/cpuinfo || level=avx
! grep -qw avx512f /proc/cpuinfo || level=avx512

# changed(): how many bytes of the registers differ after a use of the variable.
cat >keeps.c <<'END'
#include <dlfcn.h>
#include <string.h>
DEFINED __thread char large[5000];  // more than static TLS has room for
void use(const void *before, void *after);
__asm__(".macro each_general op to:vararg\n"
    " i = 2112\n .irp r, rcx, rdx, rsi, rdi, r8, r9, r10, r11, r13, r14, r15\n"
    "  .ifc \\op, load\n mov i(%rbx), %\\r\n .else\n mov %\\r, i(%r12)\n .endif\n  i = i + 8\n .endr\n.endm\n"
    ".macro each_vector op\n"
    " i = 0\n .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "  .ifc \\op, load\n  " MOVE " i(%rbx), %" VECTOR "\\n\n .else\n  " MOVE " %" VECTOR "\\n, i(%r12)\n .endif\n  i = i + 64\n .endr\n"
    " .if " MORE "\n .irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "  .ifc \\op, load\n  vmovdqu64 i(%rbx), %zmm\\n\n .else\n  vmovdqu64 %zmm\\n, i(%r12)\n .endif\n  i = i + 64\n .endr\n"
    " .irp n, 0,1,2,3,4,5,6,7\n"
    "  .ifc \\op, load\n  kmovw i(%rbx), %k\\n\n .else\n  kmovw %k\\n, i(%r12)\n .endif\n  i = i + 8\n .endr\n .endif\n.endm\n"
    ".text\n.type use, @function\nuse:\n"
    " push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n mov %rdi, %rbx\n mov %rsi, %r12\n"
    " fldt 2200(%rbx)\n each_vector load\n each_general load\n"
    " lea large@tlsdesc(%rip), %rax\n call *large@tlscall(%rax)\n"
    " each_general store\n each_vector store\n fstpt 2200(%r12)\n mov %fs:0, %rcx\n movb $1, (%rax,%rcx)\n"
    " pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n ret\n");
int changed(void) {
  unsigned char before[2210] = {0}, after[2210] = {0};
  int count = 0;
  for (int i = 0; i < 2048; i++) before[i] = i % 64 < WIDTH && (i < 1024 || !strcmp(MORE, "1")) ? 1 + i % 255 : 0;
  for (int i = 2112; i < 2200; i++) before[i] = i;
  if (!strcmp(MORE, "1")) for (int i = 2048; i < 2112; i++) before[i] = i % 8 < 2 ? i : 0;
  *(long double *)(before + 2200) = 2.5L;
  use(before, after);
  for (int i = 0; i < sizeof before; i++) count += before[i] != after[i];
  return count + 10000 * !large[0];
}
static int in_constructor = -1;
static __attribute__((constructor)) void construct(void) { in_constructor = changed(); }
int constructed(void) { return in_constructor; }
int changed_later(const char *name) {
  void *handle = dlopen(name, RTLD_LAZY);
  if (!handle) return -1;
  return ((int (*)(void))dlsym(handle, "changed"))() + ((int (*)(void))dlsym(handle, "constructed"))();
}
END
case $level in
sse) options=(-DWIDTH=16 '-DMOVE="movdqu"' '-DVECTOR="xmm"' '-DMORE="0"') ;;
avx) options=(-DWIDTH=32 '-DMOVE="vmovdqu"' '-DVECTOR="ymm"' '-DMORE="0"') ;;
avx512) options=(-DWIDTH=64 '-DMOVE="vmovdqu64"' '-DVECTOR="zmm"' '-DMORE="1"') ;;
esac

# malloc as a profiler's might be: it uses all registers that a function may.
cat >main.c <<'END'
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "claims.h"
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_memalign(size_t, size_t), *__libc_realloc(void *, size_t);
static void use_registers(void) {
  __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n movdqa %%xmm0, %%xmm1\n movdqa %%xmm0, %%xmm7\n movdqa %%xmm0, %%xmm15\n"
      "fldz\n fstp %%st\n xor %%ecx, %%ecx\n xor %%r11d, %%r11d" ::: "xmm0", "xmm1", "xmm7", "xmm15", "rcx", "r11");
  if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroall");
  if (__builtin_cpu_supports("avx512f")) __asm__ volatile(
      "vpternlogd $255, %zmm0, %zmm0, %zmm0\n vmovdqa64 %zmm0, %zmm9\n vmovdqa64 %zmm0, %zmm31\n kxorw %k1, %k1, %k1\n kxnorw %k7, %k7, %k7");
}
void *malloc(size_t size) { use_registers(); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { use_registers(); return __libc_calloc(count, size); }
void *memalign(size_t alignment, size_t size) { use_registers(); return __libc_memalign(alignment, size); }
void *realloc(void *at, size_t size) { use_registers(); return __libc_realloc(at, size); }
int changed(void), constructed(void), changed_later(const char *);
static void *in_thread(void *result) { *(int *)result = changed(); return NULL; }
static void *later(void *result) { *(int *)result = changed_later("liblater.so"); return NULL; }
static void *programs(void *result) { *(int *)result = changed_later(PROGRAMS); return NULL; }
static void *others(void *result) { *(int *)result = changed_later("libothers.so"); return NULL; }
int main(void) {
  int results[7] = {constructed(), changed()};
  void *(*functions[])(void *) = {in_thread, later, programs, others, in_thread};
  for (int i = 0; i < 5; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, functions[i], results + 2 + i) || pthread_join(thread, NULL)) return 1;
  }
  const char *uses[] = {"in a constructor", "in the first thread", "in a new thread", "in a library that is opened later",
                        "in a plugin of the program's", "of another library's variable", "in a later thread"};
  for (int i = 0; i < 7; i++) CLAIM(uses[i], "%d", results[i]);
}
END

kept_by_base=
! readelf -VW "$(gcc -print-file-name=libc.so.6)" | grep GLIBC_ABI_GNU2_TLS >/dev/null || kept_by_base=yes

# How many bytes of registers differ.
cat >wanted.txt <<'END'
in a constructor                  => 0
in the first thread               => 0
in a new thread                   => 0
in a library that is opened later => 0
in a plugin of the program's      => 0
of another library's variable     => 0
in a later thread                 => 0
END
for binding in now lazy; do
    built=("${options[@]}" -mtls-dialect=gnu2 -Wl,-Bsymbolic "-Wl,-z,$binding")
    library libkeeps.so.1 "${built[@]}" -DDEFINED= -ldl <keeps.c
    library liblater.so "${built[@]}" -DDEFINED= -ldl <keeps.c
    at=$host library libprograms.so "${built[@]}" -DDEFINED= -ldl <keeps.c
    library libothers.so "${built[@]}" -DDEFINED=extern -ldl <keeps.c  # libkeeps.so.1's variable
    readelf -rW "$libs/libkeeps.so.1" | grep TLSDESC >/dev/null || skip "this linker makes no TLS descriptors"
    program main -pthread "-DPROGRAMS=\"$host/libprograms.so\"" "$libs/libkeeps.so.1" <main.c
    # The test tested: natively registers are lost, unless this ld.so keeps them.
    [[ $kept_by_base ]] || [[ $(LD_LIBRARY_PATH=$libs ./main) == *"=> "[1-9]* ]] ||
        fail "nothing that this ld.so does changes a register"
    hold wanted.txt run libkeeps.so.1 -- ./main
done
