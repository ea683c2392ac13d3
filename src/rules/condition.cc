#include "rules/condition.h"

#include <charconv>

#include "base/text.h"

namespace bulkhead::rules {
namespace {

using Comparison = Condition::Comparison;

struct Operator {
  std::string_view text;
  Comparison comparison;
};
// The longer ones first: one is the beginning of another.
constexpr Operator kOperators[] = {
    {"==", Comparison::equal},    {"!=", Comparison::unequal}, {"<=", Comparison::at_most},
    {">=", Comparison::at_least}, {"<", Comparison::less},     {">", Comparison::greater},
    {"&", Comparison::masked},
};

bool parse_value(std::string_view text, std::uint64_t& value) {
  text = trimmed(text);
  if (!text.starts_with("0x") && !text.starts_with("0X")) return parse_number(text, value);
  text = drop(text, 2);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::optional<Condition> parse_condition(std::string_view text) {
  text = trimmed(text);
  for (const Operator& each : kOperators) {
    if (!text.starts_with(each.text)) continue;
    Condition condition{.argument = 0, .comparison = each.comparison, .value = 0};
    std::string_view rest = drop(text, each.text.size());
    if (each.comparison == Comparison::masked) {
      std::size_t equal = rest.find("==");
      if (equal == std::string_view::npos) return {};
      if (!parse_value(take(rest, equal), condition.mask)) return {};
      rest = drop(rest, equal + 2);
    }
    if (!parse_value(rest, condition.value)) return {};
    return condition;
  }
  return {};
}

}  // namespace bulkhead::rules
