// Values in JSON files that loaders read (Vulkan's layers and drivers, GLVND's vendors), where they
// stand in the text: to read them, or to write others in their place and leave the rest as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkhead::survey {

// The strings that a key has, at whatever depth: [first, last) of what is between the quotes.
// Escapes are left as they are.
std::vector<std::pair<std::size_t, std::size_t>> values_of(std::string_view json,
                                                           std::string_view key);

}  // namespace bulkhead::survey
