#include "doctor/examined_tree.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "arch/machine.h"
#include "base/mounts.h"
#include "base/text.h"
#include "doctor/fit.h"
#include "elf/glibc.h"
#include "messages/failure.h"
#include "plan/rules_of_thumb.h"
#include "resolve/closure.h"
#include "resolve/ld_conf.h"
#include "survey/installation.h"
#include "survey/own_compat.h"

namespace bulkhead::doctor {
namespace {

// What glibc of this system there is, and compat.
class Base {
 public:
  explicit Base(const plan::Node* libgcc)
      : tree_(messages::take_or_fail(arena_, resolve::Tree::open(arena_, "/"))) {
    searcher_.emplace(messages::take_or_fail(arena_, resolve::Searcher::open(arena_, tree_)));
    List<std::string_view> roots(arena_);
    for (std::string_view name : plan::glibc_family()) roots.push_back(name);
    roots.push_back(arch::Native::kLoader);
    roots.push_back(elf::kLibgcc);
    closure_.emplace(messages::take_or_fail(
        arena_, resolve::Closure::find(arena_, *searcher_, {roots.view(), {}, {}})));
    graph_ = messages::take_or_fail(arena_, plan::graph_of(arena_, *closure_));
    compat_ = survey::read_compat(arena_, survey::own_libraries(), compat_files_);
    offer_.emplace(arena_, graph_, compat_, libgcc);
  }
  const plan::Offer& offer() const { return *offer_; }

 private:
  Arena arena_;
  resolve::Tree tree_;
  std::optional<resolve::Searcher> searcher_;
  std::optional<resolve::Closure> closure_;
  plan::Graph graph_;
  std::vector<FileMapping> compat_files_;
  std::span<const plan::Node> compat_;
  std::optional<plan::Offer> offer_;
};

bool looks_like_a_library(std::string_view name) {
  return name.ends_with(".so") || name.find(".so.") != std::string_view::npos;
}

class Examination {
 public:
  explicit Examination(const std::string& path)
      : tree_(messages::take_or_fail(arena_, resolve::Tree::open(arena_, arena_.copy(path)))),
        searcher_(messages::take_or_fail(arena_, resolve::Searcher::open(arena_, tree_))),
        base_(find_libgcc()) {}

  Verdict run() {
    verdict_.tree = programs::glibc_of(tree_);
    for (const std::string& directory : directories()) list(directory);
    // Private directories of libraries (RUNPATH) come in while we go along.
    for (std::size_t i = 0; i < queue_.size(); ++i) look_at(std::string(queue_[i]));
    spread();
    sum_up();
    return std::move(verdict_);
  }

 private:
  struct Subject {
    std::string file;
    Grade grade = Grade::as_it_is;
    std::vector<std::string> reasons, needs;
    std::size_t own_reasons = 0;
  };

  const plan::Node* find_libgcc() {
    Result<resolve::Found> found = searcher_.find(elf::kLibgcc, {});
    if (!found) return nullptr;
    Result<elf::Object> object = elf::Object::read(arena_, found->image);
    if (!object) return nullptr;
    (void)found->mapping.leak();
    auto* node = arena_.create<plan::Node>();
    node->name = elf::kLibgcc;
    plan::describe_object(*node, *arena_.create<elf::Object>(*object));
    return node;
  }

  // Where the tree's ld.so looks for a name: of the cache the directories that it was made of.
  std::vector<std::string> directories() {
    (void)searcher_.find("libbulkhead-none.so", {});
    std::vector<std::string> found;
    auto add = [&](std::string_view directory) {
      if (directory.starts_with('/') && tree_.has_directory(directory) &&
          std::find(found.begin(), found.end(), directory) == found.end()) {
        found.emplace_back(directory);
      }
    };
    const resolve::LdConf conf =
        messages::take_or_fail(arena_, resolve::read_ld_conf(arena_, tree_));
    for (std::string_view each : conf.directories) add(each);
    for (std::string_view each : searcher_.all_searched()) add(each);
    return found;
  }

  void list(const std::string& directory) {
    Result<Fd> opened = tree_.open_directory(directory);
    if (!opened) return;
    std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(opened->release()), ::closedir);
    if (stream == nullptr) return;
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(stream.get())) {
      if (looks_like_a_library(entry->d_name)) names.emplace_back(entry->d_name);
    }
    // Versioned names first: "libz.so" is often a link for compilers.
    std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
      bool a_plain = a.ends_with(".so"), b_plain = b.ends_with(".so");
      return a_plain != b_plain ? b_plain : a < b;
    });
    for (const std::string& name : names) queue_.push_back(directory + "/" + name);
  }

  void look_at(const std::string& path) {
    Arena arena;
    Result<resolve::OpenedFile> file = tree_.open_file(arena, path);
    if (!file) return;
    std::string name(file_name_of(path));
    auto [place, is_new] =
        files_.insert({{file->status.st_dev, file->status.st_ino}, subjects_.size()});
    if (!is_new) {
      if (place->second < subjects_.size()) names_.insert({name, place->second});
      return;
    }
    place->second = kNoSubject;
    Result<FileMapping> mapping = FileMapping::of(file->fd.get());
    // Scripts for linkers, as libc.so is one, are no libraries.
    if (!mapping || !mapping->text().starts_with(ELFMAG)) return;
    Result<elf::Image> image = elf::Image::of_file(mapping->bytes());
    if (!image && image.error().fault == Fault::unsupported) {
      ++verdict_.of_others;
      return;
    }
    Result<elf::Object> object = image ? elf::Object::read(arena, *image)
                                       : Result<elf::Object>(std::unexpected(image.error()));
    if (Status names = object ? object->check_names() : Status(); !names) {
      object = std::unexpected(names.error());
    }
    // What the program's own copy serves for.
    if (object && (plan::is_glibc_family(object->dynamic.soname()) ||
                   base_.offer().part(object->dynamic.soname()) != nullptr)) {
      ++verdict_.of_glibc;
      return;
    }
    Subject subject;
    subject.file = path;
    if (object) {
      examine(arena, path, *object, subject);
      if (!object->dynamic.soname().empty()) {
        names_.insert({std::string(object->dynamic.soname()), subjects_.size()});
      }
    } else {
      subject.grade = Grade::cannot;
      subject.reasons.emplace_back(render(arena, object.error()));
    }
    if (is_on_noexec_mount(file->fd.get())) {
      subject.grade = Grade::cannot;
      subject.reasons.emplace_back(kOnNoexecMount);
    }
    subject.own_reasons = subject.reasons.size();
    place->second = subjects_.size();
    names_.insert({name, subjects_.size()});
    subjects_.push_back(std::move(subject));
  }

  void examine(Arena& arena, const std::string& path, const elf::Object& object, Subject& subject) {
    List<plan::Need> needs(arena);
    object.dynamic.for_each_needed([&](std::string_view name) {
      needs.push_back({name, plan::kNone});
      if (!plan::is_glibc_family(name)) subject.needs.emplace_back(name);
    });
    plan::Node node;
    node.name = file_name_of(path);
    node.needs = needs.view();
    plan::describe_object(node, object);
    Fit fit = fit_of(arena, node, base_.offer());
    subject.grade = fit.grade;
    for (std::string_view obstacle : fit.obstacles) subject.reasons.emplace_back(obstacle);
    for (std::string_view note : fit.notes) verdict_.notes.emplace_back(path, note);
    if (object.dynamic.rpath().empty() && object.dynamic.runpath().empty()) return;
    // Its own directories, as far as they are none of the usual ones.
    std::string_view origin = directory_of(path);
    const resolve::Searcher::PathOwner owner = {node.name,
                                                object.dynamic.rpath(),
                                                object.dynamic.runpath(),
                                                object.dynamic.has_runpath(),
                                                origin,
                                                false};
    for (const std::string& need : subject.needs) {
      Result<resolve::Found> found = searcher_.find(need, {{&owner, 1}});
      if (found) queue_.emplace_back(found->path);
    }
  }

  // What needs a library that cannot be used cannot be used either.
  void spread() {
    for (bool changed = true; changed;) {
      changed = false;
      for (Subject& subject : subjects_) {
        if (subject.grade == Grade::cannot) continue;
        for (const std::string& need : subject.needs) {
          auto found = names_.find(need);
          if (found == names_.end() || plan::is_always_shared(need) ||
              subjects_[found->second].grade != Grade::cannot) {
            continue;
          }
          subject.grade = Grade::cannot;
          subject.reasons.push_back("needs " + need + ", which cannot be used");
          changed = true;
          break;
        }
      }
    }
  }

  void sum_up() {
    for (Subject& subject : subjects_) {
      for (const std::string& need : subject.needs) {
        if (plan::is_always_shared(need) || names_.contains(need)) continue;
        verdict_.incomplete.push_back({subject.file, need});
      }
      ++verdict_.libraries;
      switch (subject.grade) {
        case Grade::as_it_is: ++verdict_.as_they_are; break;
        case Grade::with_compat: ++verdict_.with_compat; break;
        case Grade::cannot:
          verdict_.unusable.push_back(
              {subject.file, std::move(subject.reasons), subject.own_reasons == 0});
      }
    }
    std::stable_sort(verdict_.unusable.begin(), verdict_.unusable.end(),
                     [](const Verdict::Unusable& a, const Verdict::Unusable& b) {
                       return a.only_by_need != b.only_by_need ? b.only_by_need : a.file < b.file;
                     });
  }

  static constexpr std::size_t kNoSubject = ~std::size_t{0};

  Arena arena_;
  resolve::Tree tree_;
  resolve::Searcher searcher_;
  Base base_;
  Verdict verdict_;
  std::vector<std::string> queue_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> files_;
  std::map<std::string, std::size_t, std::less<>> names_;
  std::vector<Subject> subjects_;
};

// So many lines of a kind; with what comes before them that is a screen.
constexpr std::size_t kFewLines = 5;

std::string plural(std::size_t count, const std::string& word) {
  return std::to_string(count) + (count == 1 ? " " + word + "y" : " " + word + "ies");
}

// The first few of `lines`, and how many more there are.
void put_some(std::vector<std::string> lines, const std::string& what, bool all, Report& report,
              void (Report::*put)(const std::string&, const std::string&)) {
  std::size_t shown = all ? lines.size() : std::min(lines.size(), kFewLines);
  for (std::size_t i = 0; i < shown; ++i) (report.*put)(what, lines[i]);
  if (shown < lines.size()) {
    (report.*put)(what,
                  "… and " + std::to_string(lines.size() - shown) + " more; --all lists them");
  }
}

std::string about_glibc(const programs::Glibc& tree, const programs::Glibc& base) {
  if (tree.minor == 0) return "no glibc of its own, and needs none";
  std::string text = "glibc " + tree.release();
  if (tree.minor == base.minor) return text + ", as this system";
  return text + (tree.minor > base.minor ? ", newer" : ", older") + " than this system's " +
         base.release();
}

}  // namespace

Verdict examine_tree(const std::string& path) { return Examination(path).run(); }

void report(const Verdict& verdict, const programs::Glibc& base, const std::string& path, bool all,
            Report& report) {
  report.ok("tree", path + ": " + about_glibc(verdict.tree, base));
  if (verdict.libraries == 0) {
    report.fail("tree", "no library of this machine in the directories that its ld.so.conf and " +
                            std::string("the dynamic linker name; is it the root of a system?"));
    return;
  }
  std::string passed_over;
  if (verdict.of_glibc != 0) {
    passed_over += "; " + std::to_string(verdict.of_glibc) + " of glibc are never loaded";
  }
  if (verdict.of_others != 0) {
    passed_over += "; " + std::to_string(verdict.of_others) + " of other machines are passed over";
  }
  report.ok("libraries",
            std::to_string(verdict.libraries) + ": " + std::to_string(verdict.as_they_are) +
                " work as they are, " + std::to_string(verdict.with_compat) + " with compat, " +
                std::to_string(verdict.unusable.size()) + " cannot be used" + passed_over);
  std::vector<std::string> lines;
  for (const auto& [file, note] : verdict.notes) lines.push_back(file + " " + note);
  if (!all && lines.size() > 1) {
    lines = {lines[0] + "; and " + std::to_string(lines.size() - 1) +
             " more such; --all lists them"};
  }
  put_some(lines, "note", all, report, &Report::warn);
  lines.clear();
  for (const Verdict::Incomplete& each : verdict.incomplete) {
    lines.push_back(each.file + " needs " + each.name + ", which the tree lacks");
  }
  if (!all && lines.size() > 1) {
    lines = {plural(lines.size(), "dependenc") + " not in the tree, such as " +
             verdict.incomplete[0].name + " for " + verdict.incomplete[0].file +
             "; --all lists them"};
  }
  put_some(lines, "incomplete", all, report, &Report::warn);
  lines.clear();
  for (const Verdict::Unusable& each : verdict.unusable) {
    std::string text = each.file;
    for (std::size_t i = 0; i < each.reasons.size() && (all || i == 0); ++i) {
      text += (i == 0 ? " " : "; ") + each.reasons[i];
    }
    lines.push_back(text);
  }
  put_some(lines, "cannot", all, report, &Report::fail);
  if (verdict.works()) {
    report.ok("verdict", "programs of this system can use every library of this tree");
  } else {
    report.fail("verdict", plural(verdict.unusable.size(), "librar") + " of " +
                               std::to_string(verdict.libraries) +
                               " cannot be used by programs of this system; for the others, "
                               "bulkhead explain");
  }
}

}  // namespace bulkhead::doctor
