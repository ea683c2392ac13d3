/* Included before everything else: what is compiled with it here runs on glibc 2.31 as well.

   Since glibc 2.34 the linker binds these to libc.so.6 and to a version that older ones lack. Under
   their first version every glibc has them: the older ones in libdl.so.2 and libpthread.so.0,
   which the object must therefore need; the newer ones keep empty files of those names. */
#define FROM_THE_START(name) __asm__(".symver " #name "," #name "@GLIBC_2.2.5")

FROM_THE_START(dlopen);
FROM_THE_START(dlsym);
FROM_THE_START(dlerror);
FROM_THE_START(dladdr);
__asm__(".symver dlinfo,dlinfo@GLIBC_2.3.3"); /* its first */
FROM_THE_START(pthread_create);
FROM_THE_START(pthread_sigmask);
