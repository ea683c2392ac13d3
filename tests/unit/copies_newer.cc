#include "copies/newer.h"

#include <gtest/gtest.h>

namespace bulkhead::copies {
namespace {

TEST(compare_numbers, numbers_and_not_letters) {
  EXPECT_GT(compare_numbers("libz.so.1.3.1", "libz.so.1.2.13"), 0);
  EXPECT_LT(compare_numbers("libz.so.1.2.9", "libz.so.1.2.13"), 0);
  EXPECT_EQ(compare_numbers("libz.so.1.2.13", "libz.so.1.2.13"), 0);
  EXPECT_GT(compare_numbers("libelf-0.192.so", "libelf-0.188.so"), 0);
  EXPECT_GT(compare_numbers("libfoo.so.1.2.1", "libfoo.so.1.2"), 0);
  EXPECT_LT(compare_numbers("libX11.so.6", "libX11.so.6.4.0"), 0);
  EXPECT_EQ(compare_numbers("libfoo.so", "libbar.so"), 0);
}

}  // namespace
}  // namespace bulkhead::copies
