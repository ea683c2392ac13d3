// What a captured tree says about itself, for people and programs: what came from where, and why it
// is there.
#pragma once

#include <string>
#include <vector>

#include "capture/contents.h"
#include "survey/options.h"

namespace bulkhead::capture {

// JSON. Says nothing of when and by whom, so that the same tree gives the same bytes.
std::string manifest_of(const Contents& contents, const survey::Options& options,
                        const std::vector<std::string>& include, std::string_view tree,
                        std::string_view glibc);

// A line for each file: its size, its path and why it is there.
std::string listing_of(const Contents& contents);

// "87 libraries, 120 other files, 243.1 MB"
std::string summary_of(const Contents& contents);

}  // namespace bulkhead::capture
