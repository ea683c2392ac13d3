// Where a captured tree is made: a directory beside its place, which takes that place once it is
// whole. Whoever looks finds all of it or nothing; and where the work ends early, by a signal too,
// nothing stays.
//
// That directory has a name that nobody can foresee and is its owner's alone until it is whole. So
// it is never one that somebody else has made, and what is removed is what was made here. One that
// was left by a killed capture goes with the next one to the same place, unless others may move
// things about in the directory.
#pragma once

#include <string>

#include "base/fd.h"

namespace bulkhead::capture {

class Place {
 public:
  // `output` must not be there, or be an empty directory; or, with `replace`, a tree that was
  // captured before. Fails if it is anything else, if nothing can be made beside it, or if another
  // capture is at it.
  Place(const std::string& output, bool replace);
  // Removes what was not put into place.
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  // The directory to be filled.
  const std::string& directory() const { return beside_; }
  int descriptor() const { return made_.get(); }
  // Fails if the user has asked for the end (SIGINT, SIGTERM, SIGHUP).
  static void go_on();

  // From now on it lies at `output`, on the disk, too. Fails if by now something else than an empty
  // directory is there, or, with `replace`, than a captured tree.
  void publish();

 private:
  void sweep() const;
  void make();
  void exchange();
  std::string path_of(const std::string& name) const;

  std::string output_, directory_, prefix_, beside_;
  bool replace_;
  Fd made_;
};

// As it will be known: absolute, without a slash at its end.
std::string absolute_output(const std::string& output);

}  // namespace bulkhead::capture
