// Being called by ld.so, on this thread, when it runs constructors, or relocates a generated image.
//
// An image whose only constructor, or resolver of an IFUNC, is ours (image::build_constructor,
// image/probe.h) has no way to tell it anything. So what is to be called is noted here first, with
// the thread.
#pragma once

#include "elf/image.h"

namespace bulkhead::process {

// What ld.so gives to constructors, of which ours are some. Known once one of ours was called.
struct ConstructorArguments {
  int count = 0;
  char** arguments = nullptr;
  char** environment = nullptr;
};
const ConstructorArguments& constructor_arguments();

class ConstructorCall {
 public:
  // From now on, and until this is destroyed, the next constructor, or resolver, of such an image
  // on this thread calls `function(context)`, once. The newest that has not been called comes
  // first: constructors open libraries themselves.
  ConstructorCall(void (*function)(void*), void* context);
  ~ConstructorCall();
  ConstructorCall(const ConstructorCall&) = delete;
  ConstructorCall& operator=(const ConstructorCall&) = delete;

  bool done() const { return done_; }

  // The constructor, and the resolver.
  static elf::Addr entry();
  static elf::Addr resolver();

 private:
  static void run(int count, char** arguments, char** environment);
  static elf::Addr resolve();
  static void call_newest();

  int thread_;
  void (*function_)(void*);
  void* context_;
  bool done_ = false;
  ConstructorCall* next_;
};

}  // namespace bulkhead::process
