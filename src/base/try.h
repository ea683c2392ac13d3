// BH_TRY(expression): the value of a Result, or the error as the result of the function around.
//
//     Dynamic dynamic = BH_TRY(Dynamic::read(image));
//     BH_TRY(check_identity(header));       // a Status has no value
//
// The Result is used up, and what is large is copied, which takes stack. One to a statement, and as
// the whole of an initialiser, an assignment or a statement: what else the statement has begun is
// not undone in every compiler.
#pragma once

#include <utility>

#include "base/result.h"

#define BH_TRY(expression)                                     \
  ({                                                           \
    auto&& bh_result = (expression);                           \
    if (!bh_result) return std::unexpected(bh_result.error()); \
    *std::move(bh_result);                                     \
  })
