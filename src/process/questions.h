// Questions to ld.so, and what it keeps of an object. The one door: nothing outside of process/
// calls dl* or reads link_map (tests/checks/one-door looks). What opens generated images is in
// process/loader.h.
//
// ld.so takes its own lock in all of these but the readers of link_map, so no lock of ours may be
// held. Whoever reads a link_map makes sure that the object stays: it is kept, or ld.so's lock is
// held.
#pragma once

#include <link.h>

#include <cstddef>
#include <string_view>

#include "base/arena.h"
#include "elf/types.h"

namespace bulkhead::process {

// What a link_map says. A name is ld.so's memory: the path by which it opened the object, empty for
// the program.
inline const char* name_of(const link_map* object) { return object->l_name; }
inline elf::Addr bias_of(const link_map* object) { return object->l_addr; }
inline elf::Dyn* dynamic_of(const link_map* object) { return object->l_ld; }
// The next object of the same namespace; null behind the last one.
inline link_map* next_of(const link_map* object) { return object->l_next; }

// The name of an object that stays for ever, from now on, also for debuggers and dladdr: that of
// the file of which it is a copy. `path` ends with a zero and stays, too. Under ld.so's lock.
void rename_object(link_map* object, std::string_view path);

// dlmopen as it is: the handle, or null, and then its message is the next one of dlerror. `file`
// ends with a zero. For callers who hand both on to the program or to a library.
void* open_file(Lmid_t space, const char* file, int mode);

// A handle of what is loaded in a namespace under that path, or is that file; null if nothing is.
// It counts as one more, and close_handle gives it back. RTLD_NOW and RTLD_NODELETE in `mode` count
// as with dlopen.
void* loaded_handle(Lmid_t space, const char* path, int mode = RTLD_LAZY);

// dlinfo: 0, or -1, and then there is a message for dlerror.
int ask_of_handle(void* handle, int request, void* answer);

// dlclose.
int close_handle(void* handle);

// dlsym, or dlvsym if there is a version: the address, or null. Null leaves a message for dlerror,
// which forget_error takes away. RTLD_DEFAULT and RTLD_NEXT are seen from this library.
void* symbol_by(void* handle, const char* name, const char* version = nullptr);

// dlerror, and the same for nobody: a question of ours must not leave the program a message.
char* take_error();
void forget_error();

// dl_iterate_phdr. ld.so holds its lock of the lists meanwhile: `visit` calls none of its
// functions.
int iterate_objects(int (*visit)(dl_phdr_info*, std::size_t, void*), void* data);

// Runs `work()` while ld.so holds that lock, so that no list of objects changes.
template <class Work>
void while_lists_stay(Work work) {
  iterate_objects(
      [](dl_phdr_info*, std::size_t, void* to) {
        (*static_cast<Work*>(to))();
        return 1;
      },
      &work);
}

// What ld.so knows of an object's thread-locals: the module's number (0: it has none), and the
// calling thread's block (null: it has none yet).
struct ThreadLocals {
  std::size_t module = 0;
  void* block = nullptr;
};
ThreadLocals thread_locals_of(const link_map* object);

// Whether ld.so has led any of the calls above to an address in [begin, end), the program's: to the
// PLT entry that stands for a function of which a program linked to fixed addresses (not PIE) takes
// the address.
bool calls_lead_into(elf::Addr begin, elf::Addr end);

// ld.so's own functions, for code that has to jump there: ld.so goes by the return address.
struct LoaderFunctions {
  int (*dl_iterate_phdr)(int (*)(dl_phdr_info*, std::size_t, void*), void*);
  int (*dlclose)(void* handle);
  int (*dlinfo)(void* handle, int request, void* answer);
  void* (*dlopen)(const char* file, int mode);
  void* (*dlsym)(void* handle, const char* name);
  void* (*dlvsym)(void* handle, const char* name, const char* version);
};
LoaderFunctions loader_functions();

}  // namespace bulkhead::process
