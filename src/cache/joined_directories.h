// Writes what survey/joined has made up.
#pragma once

#include <string>

#include "cache/cache.h"
#include "survey/survey.h"

namespace bulkhead::cache {

// Where they go: beside the entries.
std::string joined_in(const Cache& cache);

// Each directory is named by what is in it: one that is there is right. Their files go into
// `stamp`. Fails with NoRoom.
void write_joined(const survey::Survey& survey, survey::Stamp& stamp);

}  // namespace bulkhead::cache
