// Does a library of a tree fit the base? What it asks of glibc and of the dynamic linker;
// what it asks of other libraries of the tree is for others to say. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "plan/graph.h"
#include "plan/offer.h"

namespace bulkhead::doctor {

enum class Grade : std::uint8_t {
  as_it_is,     // this system's glibc has everything
  with_compat,  // compat has the rest
  cannot,       // ld.so would refuse it, or misread it
};

struct Fit {
  Grade grade = Grade::as_it_is;
  std::size_t from_compat = 0;                       // symbols
  std::span<const std::string_view> obstacles = {};  // what keeps it from loading: phrases
  std::span<const std::string_view> notes = {};      // what is worth knowing: phrases
};

Fit fit_of(Arena& arena, const plan::Node& library, const plan::Offer& offer);

}  // namespace bulkhead::doctor
