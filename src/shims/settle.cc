#include "shims/settle.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "process/questions.h"
#include "shims/shim.h"
#include "words/tls_words.h"

namespace bulkhead::shims {

using capsule::Capsule;
using capsule::Unsettled;

namespace {

using elf::Addr;

// What is to be rewritten in the objects of the base.
class Rewriting {
 public:
  Rewriting(Arena& arena, process::BaseView& base, std::span<const Unsettled> unsettled,
            std::span<const words::Import> imports)
      : arena_(arena),
        rebindings_(arena),
        stand_ins_(arena),
        imports_(imports),
        scope_(arena, base) {
    for (const Unsettled& each : unsettled) {
      const LoadedShim loaded(*each.shim);
      const elf::Object* shim = base.with_bias(loaded.image());
      if (shim == nullptr) continue;  // it was read before
      rebindings_.push_back({loaded.stubs(), loaded.stubs() + loaded.stubs_size(), each.data_begin,
                             each.data_end, shim, each.fill_copies});
      if (auto stand_in = words::read_tls_stand_in(*shim)) stand_ins_.push_back(*stand_in);
    }
  }

  void rewrite(const process::BaseView::Entry& entry) {
    // What is ours calls glibc's.
    bool ours = entry.loaded.contains(reinterpret_cast<Addr>(&settle_shims));
    std::span<const words::Import> imports = imports_.first(ours ? 0 : imports_.size());
    words::RebindCount count =
        words::rebind(arena_, *entry.object, rebindings_.view(), imports, scope_);
    count.data += words::rebind_thread_locals(entry.object->image, stand_ins_.view());
    if (!count.any()) return;
    std::string_view name = entry.loaded.name;
    debug(Topic::bind,
          {name.empty() ? "the program" : name, ": rewrote ", decimal(arena_, count.functions),
           " function slots, ", decimal(arena_, count.data), " data slots, ",
           decimal(arena_, count.copies), " copies; ", decimal(arena_, count.imports),
           " slots lead to functions of ours"});
  }

 private:
  Arena& arena_;
  List<words::Rebinding> rebindings_;
  List<words::TlsStandIn> stand_ins_;
  std::span<const words::Import> imports_;
  process::GlobalScope scope_;
};

}  // namespace

void settle_shims(Arena& arena, Capsule& capsule, process::BaseView& base,
                  std::span<const words::Import> imports) {
  List<Unsettled> unsettled = capsule.shims().take_unsettled(arena);
  if (unsettled.empty() && imports.empty()) return;
  Rewriting rewriting(arena, base, unsettled.view(), imports);
  for (const Unsettled& each : unsettled) mark_settled(*each.shim);
  for (const process::BaseView::Entry& entry : base.entries()) rewriting.rewrite(entry);
}

void settle_shims_in(Arena& arena, const Capsule& capsule, process::BaseView& base,
                     const link_map* first) {
  List<Unsettled> unsettled = capsule.shims().unsettled(arena);
  Rewriting rewriting(arena, base, unsettled.view(), {});
  for (const process::BaseView::Entry& entry : base.entries()) {
    const link_map* loaded = first;
    while (loaded != nullptr && process::bias_of(loaded) != entry.loaded.bias)
      loaded = process::next_of(loaded);
    if (loaded != nullptr) rewriting.rewrite(entry);
  }
}

}  // namespace bulkhead::shims
