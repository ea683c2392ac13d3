// A program linked to libssl and libcrypto.
//
//   use-libssl                makes a TLS context and ends
//   use-libssl memory         then prints its private dirty memory in KiB
//   use-libssl open LIBRARY   then prints how many microseconds it takes to dlopen LIBRARY
#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <string.h>
#include <time.h>

#include "private_dirty.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char** argv) {
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  if (context == NULL || OpenSSL_version_num() == 0) errx(1, "no TLS context");
  if (argc == 2 && strcmp(argv[1], "memory") == 0) printf("%ld\n", private_dirty_kib());
  if (argc == 3 && strcmp(argv[1], "open") == 0) {
    double start = now();
    if (dlopen(argv[2], RTLD_LAZY) == NULL) errx(1, "%s", dlerror());
    printf("%.3f\n", now() - start);
  }
  return 0;
}
