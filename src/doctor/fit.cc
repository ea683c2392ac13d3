#include "doctor/fit.h"

#include "base/list.h"
#include "base/text.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::doctor {

using namespace plan;

namespace {

// More symbols of one library would only hide the first.
constexpr std::size_t kMaxSymbols = 3;

// Behind this system's libgcc_s.so.1 stands the tree's; behind its glibc, compat.
std::string_view lacked(std::string_view file) {
  return is_glibc_family(file) ? ", which neither this system's nor bulkhead's compat library has"
                               : ", which neither this system's nor the tree's has";
}

class Examination {
 public:
  Examination(Arena& arena, const Node& library, const Offer& offer)
      : arena_(arena), library_(library), offer_(offer), obstacles_(arena), notes_(arena) {}

  Fit run() {
    look_at_parts();
    look_at_symbols();
    look_at_versions();
    look_at_layout();
    fit_.obstacles = obstacles_.view();
    fit_.notes = notes_.view();
    if (!obstacles_.empty()) fit_.grade = Grade::cannot;
    return fit_;
  }

 private:
  void obstacle(std::initializer_list<std::string_view> pieces) {
    obstacles_.push_back(join(arena_, pieces));
  }

  void look_at_parts() {
    for (const Need& need : library_.needs) {
      if (is_glibc_family(need.name) && offer_.part(need.name) == nullptr) {
        obstacle(
            {"needs ", need.name, ", which is shared with the program and not on this system"});
      }
    }
  }

  void look_at_symbols() {
    std::size_t count = 0;
    std::string_view private_symbol;
    List<std::string_view> named(arena_);
    for_each_import(library_, [&](const Symbol& import) {
      // Without a version it may be anybody's.
      if (!is_always_shared(import.file) || offer_.part(import.file) == nullptr) return;
      Offer::Answer answer = offer_.symbol(import);
      if (import.version == "GLIBC_PRIVATE" && private_symbol.empty()) private_symbol = import.name;
      if (answer.source == Source::compat) ++fit_.from_compat;
      if (answer.source != Source::none || import.weak) return;
      named.push_back(import.version);
      if (++count > kMaxSymbols) return;
      obstacle({"imports ", import.name, ", version ", import.version, " of ", import.file,
                answer.thread_local_data
                    ? ", which is thread-local: it has no address that could be shared"
                    : lacked(import.file)});
    });
    if (count > kMaxSymbols) {
      obstacle({"imports ", decimal(arena_, count - kMaxSymbols), " more such symbol",
                count == kMaxSymbols + 1 ? "" : "s"});
    }
    if (!private_symbol.empty() && count == 0) {
      notes_.push_back(join(arena_, {"uses ", private_symbol,
                                     " and the like, which glibc keeps for itself and changes at "
                                     "will (GLIBC_PRIVATE)"}));
    }
    if (fit_.from_compat != 0) fit_.grade = Grade::with_compat;
    named_ = named.view();
  }

  void look_at_versions() {
    for_each_requirement(library_, [&](const Requirement& need) {
      if (!is_always_shared(need.file) || offer_.part(need.file) == nullptr) return;
      Source source = offer_.version(need.file, need.version);
      if (source == Source::compat) fit_.grade = Grade::with_compat;
      if (source != Source::none || need.weak || contains(named_, need.version)) return;
      std::string_view meaning = meaning_of_mark(need.version);
      if (meaning.empty()) {
        obstacle({"requires ", need.version, " of ", need.file, lacked(need.file)});
        return;
      }
      obstacle({"requires ", need.version, ": ", meaning,
                ", which this system's dynamic linker does not know"});
    });
  }

  void look_at_layout() {
    if (library_.packed_static_tls && !offer_.reads_packed_relocations()) {
      obstacle(
          {"has packed relocations (DT_RELR) of thread-local variables with static TLS, which "
           "only the dynamic linker of glibc 2.36 and later can do"});
    }
    for (const Need& need : library_.needs) {
      if (need.name.find('/') == std::string_view::npos) continue;
      notes_.push_back(
          join(arena_, {"needs ", need.name, " by path, which ld.so opens on this system"}));
    }
    if (!library_.executable_stack) return;
    if (offer_.opens_executable_stacks()) {
      notes_.push_back("wants an executable stack, and gets one for the whole process");
    } else {
      obstacle(
          {"wants an executable stack, which this system's dynamic linker (glibc 2.41) gives "
           "only to programs that are started with one"});
    }
  }

  Arena& arena_;
  const Node& library_;
  const Offer& offer_;
  Fit fit_;
  List<std::string_view> obstacles_, notes_;
  std::span<const std::string_view> named_;  // versions of symbols that were reported
};

}  // namespace

Fit fit_of(Arena& arena, const Node& library, const Offer& offer) {
  return Examination(arena, library, offer).run();
}

}  // namespace bulkhead::doctor
