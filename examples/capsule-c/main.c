/* Opens a library of a tree in a capsule, calls a function of it, and lists what is loaded there.
 *
 *   capsule-c / libz.so.1 zlibVersion          this system's libz, a copy of its own
 *   capsule-c ~/trixie libz.so.1 zlibVersion   another system's
 *
 * The function must take nothing and return a text. */
#include <bulkhead/bulkhead.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(bh_error *error) {
  fprintf(stderr, "capsule-c: %s\n", bh_error_text(error));
  bh_error_free(error);
  exit(1);
}

static int print(const bh_library_info *info, void *data) {
  static const char *const roles[] = {
      [BH_PRIVATE] = "private", [BH_SHARED] = "shared", [BH_EXPOSED] = "exposed"};
  (void)data;
  printf("  %-8s %-24s %s\n", roles[info->role], info->name, info->file);
  return 0; /* go on */
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fputs("usage: capsule-c TREE LIBRARY FUNCTION\n", stderr);
    return 2;
  }
  bh_error *error = NULL;

  bh_capsule_options options = {.size = sizeof options, .tree = argv[1], .name = "example"};
  bh_capsule *capsule = NULL;
  if (bh_capsule_open(&options, &capsule, &error) != BH_OK) fail(error);

  bh_library *library = NULL;
  if (bh_library_open(capsule, argv[2], 0, &library, &error) != BH_OK) fail(error);

  const char *(*function)(void) =
      (const char *(*)(void))bh_symbol(library, argv[3], NULL, &error);
  if (function == NULL) fail(error);
  printf("%s() says %s\n", argv[3], function());

  printf("loaded in the capsule %s of %s:\n", bh_capsule_name(capsule), bh_capsule_tree(capsule));
  bh_capsule_libraries(capsule, print, NULL);

  if (bh_library_close(library, &error) != BH_OK) fail(error);
  bh_capsule_close(capsule);
  return 0;
}
