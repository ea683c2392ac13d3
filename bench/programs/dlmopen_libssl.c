// What use_libssl.c does, with libssl opened by plain dlmopen.
//
//   dlmopen-libssl LIBCRYPTO LIBSSL    prints its private dirty memory in KiB
#define _GNU_SOURCE
#include <dlfcn.h>

#include "private_dirty.h"

static void* open_in(Lmid_t space, const char* path) {
  void* library = dlmopen(space, path, RTLD_LAZY);
  if (library == NULL) errx(1, "%s", dlerror());
  return library;
}

static void* symbol(void* library, const char* name) {
  void* address = dlsym(library, name);
  if (address == NULL) errx(1, "%s", dlerror());
  return address;
}

int main(int argc, char** argv) {
  if (argc != 3) errx(1, "usage: dlmopen-libssl LIBCRYPTO LIBSSL");
  Lmid_t space;
  void* libcrypto = open_in(LM_ID_NEWLM, argv[1]);
  dlinfo(libcrypto, RTLD_DI_LMID, &space);
  void* libssl = open_in(space, argv[2]);
  void* (*new_context)(const void*) = (void* (*)(const void*))symbol(libssl, "SSL_CTX_new");
  const void* (*tls_method)(void) = (const void* (*)(void))symbol(libssl, "TLS_method");
  unsigned long (*version)(void) =
      (unsigned long (*)(void))symbol(libcrypto, "OpenSSL_version_num");
  if (new_context(tls_method()) == NULL || version() == 0) errx(1, "no TLS context");
  printf("%ld\n", private_dirty_kib());
  return 0;
}
