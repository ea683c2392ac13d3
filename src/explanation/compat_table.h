// How compat provides each symbol: src/compat/symbols.tsv, compiled in by compat_table.py.
#pragma once

#include <span>

#include "plan/versions.h"

namespace bulkhead::explanation {

std::span<const plan::CompatSymbol> compat_table();

}  // namespace bulkhead::explanation
