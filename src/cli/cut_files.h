// Files that are cut while they are read.
//
// Files are mapped, and the kernel answers a read behind a mapped file's new end with SIGBUS. A
// tree is somebody else's: its package manager, or its owner, may cut a file at any time.
#pragma once

namespace bulkhead::cli {

// From now on that ends the command with a message that names the file (status 125). Whoever
// ignores SIGBUS goes on ignoring it.
void expect_cut_files();

// What is done instead, once the message is written; it does not come back.
void when_files_are_cut(void (*go_on)(void* context), void* context);

}  // namespace bulkhead::cli
