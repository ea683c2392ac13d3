#include "image/absolutes.h"

#include "arch/machine.h"
#include "elf/hash.h"
#include "elf/versions.h"
#include "image/builder.h"
#include "image/relocations.h"
#include "image/tls_block.h"
#include "image/unversioned.h"

namespace bulkhead::image {
namespace {

using elf::Addr;

// DT_VERSYM and DT_VERDEF for those of some versions.
class VersionTables {
 public:
  VersionTables(Arena& arena, Unversioned& tables, std::span<const Absolute> objects)
      : names_(arena), records_(arena), symbols_(arena.array<elf::Versym>(objects.size() + 1)) {
    for (std::size_t i = 0; i < objects.size(); ++i) {
      symbols_[i + 1] = index_for(tables, objects[i]);
    }
  }

  std::size_t size() const { return symbols_.size_bytes() + records_.size() * sizeof(Record); }

  // ld.so reads DT_VERSYM only of an object that defines a version.
  void write(Builder& builder) {
    if (records_.empty()) return;
    records_.back().definition.vd_next = 0;
    builder.dynamic(DT_VERSYM, builder.append_array(std::span<const elf::Versym>(symbols_)));
    builder.dynamic(DT_VERDEF, builder.append_array(records_.view()));
    builder.dynamic(DT_VERDEFNUM, records_.size());
  }

 private:
  struct Record {
    elf::Verdef definition;
    elf::Verdaux name;
  };

  // Index 1 is of no version, and answers to all; hidden, to references without a version alone. 2
  // would answer to these, too: it is the oldest version.
  elf::Half index_for(Unversioned& tables, const Absolute& object) {
    constexpr elf::Half kOfNone = 1, kFirst = 3;
    if (object.references == Absolute::For::all) return kOfNone;
    if (object.references == Absolute::For::unversioned) return kOfNone | elf::kVersionHidden;
    std::size_t i = 0;
    while (i < names_.size() && names_[i] != object.version) ++i;
    if (i == names_.size()) {
      names_.push_back(object.version);
      Record record = {};
      record.definition = {.vd_version = VER_DEF_CURRENT,
                           .vd_ndx = static_cast<elf::Half>(kFirst + i),
                           .vd_cnt = 1,
                           .vd_hash = elf::sysv_hash(object.version),
                           .vd_aux = sizeof(elf::Verdef),
                           .vd_next = sizeof(Record)};
      record.name.vda_name = tables.text(object.version);
      records_.push_back(record);
    }
    return static_cast<elf::Half>((kFirst + i) | elf::kVersionHidden);
  }

  List<std::string_view> names_;
  List<Record> records_;
  std::span<elf::Versym> symbols_;
};

}  // namespace

Pieces build_absolutes(Arena& arena, std::string_view soname, std::span<const Absolute> objects) {
  Unversioned tables(arena, soname, objects.size());
  bool has_thread_locals = false;
  for (const Absolute& object : objects) {
    elf::Sym& symbol = tables.add(object.name);
    symbol.st_size = object.size;
    if (object.is_thread_local) {
      has_thread_locals = true;
      symbol.st_info = elf::make_symbol_info(STB_GLOBAL, STT_TLS);
      symbol = tls_stand_in(symbol);
      continue;
    }
    symbol.st_info = elf::make_symbol_info(STB_GLOBAL, STT_OBJECT);
    symbol.st_shndx = SHN_ABS;
    symbol.st_value = object.address;
  }
  VersionTables versions(arena, tables, objects);
  const std::size_t rest = has_thread_locals ? 3 * arch::Native::kMaxPageSize : kSmallImage;
  Builder builder(arena, tables.size() + versions.size() + rest);
  tables.write(builder);
  versions.write(builder);
  if (has_thread_locals) {
    write_dynamic_with_tls_block(builder);
  } else {
    builder.write_dynamic();
  }
  return builder.finish();
}

}  // namespace bulkhead::image
