#include "base/text.h"
#include "plan/plan.h"

namespace bulkhead::plan {
namespace {

class Text {
 public:
  explicit Text(Arena& arena) : bytes_(arena) {}

  void put(std::string_view text) { bytes_.append({text.data(), text.size()}); }
  void put_padded(std::string_view text, std::size_t width) {
    put(text);
    for (std::size_t i = text.size(); i < width; ++i) bytes_.push_back(' ');
  }
  std::string_view view() const { return {bytes_.begin(), bytes_.size()}; }

 private:
  List<char> bytes_;
};

// Files of the tree as "TREE/usr/lib/…", since every line would start with the same path.
std::string_view shortened(Arena& arena, const Plan& plan, std::string_view file) {
  if (file.empty()) return "-";
  bool inside = plan.tree.size() > 1 && file.starts_with(plan.tree) &&
                drop(file, plan.tree.size()).starts_with('/');
  return inside ? join(arena, {"TREE", drop(file, plan.tree.size())}) : file;
}

void widen(std::size_t& width, std::string_view text) {
  if (text.size() > width) width = text.size();
}

}  // namespace

std::string_view describe(Arena& arena, const Plan& plan) {
  constexpr std::size_t kGap = 2;
  std::size_t name_width = std::string_view("LIBRARY").size();
  std::size_t file_width = std::string_view("FILE").size();
  for (const Entry& entry : plan.entries) {
    widen(name_width, entry.name);
    widen(file_width, shortened(arena, plan, entry.file));
  }
  Text text(arena);
  auto row = [&](std::string_view name, std::string_view role, std::string_view file,
                 std::string_view reason) {
    text.put_padded(name, name_width + kGap);
    text.put_padded(role, std::string_view("exposed").size() + kGap);
    text.put_padded(file, file_width + kGap);
    text.put(reason);
    text.put("\n");
  };
  text.put(join(arena, {"TREE is ", plan.tree, "\n\n"}));
  row("LIBRARY", "ROLE", "FILE", "REASON");
  for (const Entry& entry : plan.entries) {
    std::string_view reason = entry.reason;
    if (entry.later) reason = join(arena, {reason, " (if it is opened later)"});
    row(entry.name, name_of(entry.role), shortened(arena, plan, entry.file), reason);
  }
  if (!plan.lacks.empty()) text.put("\nmissing:\n");
  for (const Lack& lack : plan.lacks) {
    text.put(join(arena, {"  ", lack.what, " ", lack.detail, "; ", lack.advice, "\n"}));
  }
  if (!plan.notes.empty()) text.put("\nnotes:\n");
  for (std::string_view note : plan.notes) text.put(join(arena, {"  ", note, "\n"}));
  return text.view();
}

}  // namespace bulkhead::plan
