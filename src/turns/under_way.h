// A library that is being opened, by itself and not for a shim, may be opened once more by a
// constructor of what it needs.
//
// To ld.so what is being opened is the manifest. It would begin the library then, while natively a
// dlopen of what is being opened begins nothing. So the library's constructors are put aside for
// that dlopen, and run when the opening is over.
#pragma once

#include <link.h>

#include <cstdint>
#include <string_view>

#include "capsule/capsule.h"
#include "process/constructor_call.h"
#include "turns/aside.h"

namespace bulkhead::turns {

// One opening. Made, and gone, with ld.so's lock held.
class UnderWay {
 public:
  // `name`: what is opened, as others call it or as a path inside the tree.
  UnderWay(const capsule::Capsule& capsule, std::string_view name);
  // Constructors that wait run.
  ~UnderWay();
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  friend class Again;

  const capsule::Capsule& capsule_;
  std::string_view name_;
  Aside constructors_;
  process::ConstructorArguments arguments_;
  bool waits_ = false;
  std::uintptr_t outer_thread_;
  UnderWay* outer_;
};

// For the time of a dlopen of what is loaded in the capsule under that path.
class Again {
 public:
  Again(const capsule::Capsule& capsule, std::string_view path);
  ~Again();
  Again(const Again&) = delete;
  Again& operator=(const Again&) = delete;

 private:
  static void come(int count, char** arguments, char** environment);
  bool write(const Aside& instead, Aside& aside) const;

  // Which this thread is opening, and that had not been opened again so far; else null.
  UnderWay* opening_ = nullptr;
  const link_map* library_ = nullptr;
  Addr instead_ = 0;  // the array that ld.so is to call
  Again* outer_ = nullptr;
};

}  // namespace bulkhead::turns
