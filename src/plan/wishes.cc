#include "plan/wishes.h"

#include "plan/rules_of_thumb.h"

namespace bulkhead::plan {

std::optional<Contradiction> find_contradiction(const WishLists& lists) {
  using Kind = Contradiction::Kind;
  struct List {
    Wish wish;
    std::span<const std::string_view> names;
  };
  const List all[] = {{Wish::expose, lists.expose},
                      {Wish::share, lists.share},
                      {Wish::keep_private, lists.keep_private}};
  for (const List& list : all) {
    for (std::string_view name : list.names) {
      if (list.wish != Wish::share && is_glibc_family(name)) {
        return Contradiction{Kind::part_of_glibc, name, list.wish, list.wish};
      }
      if (list.wish == Wish::expose && is_always_shared(name)) {
        return Contradiction{Kind::always_shared, name, list.wish, list.wish};
      }
      for (const List& other : all) {
        if (other.wish > list.wish && contains(other.names, name)) {
          return Contradiction{Kind::two_wishes, name, list.wish, other.wish};
        }
      }
    }
  }
  return {};
}

}  // namespace bulkhead::plan
