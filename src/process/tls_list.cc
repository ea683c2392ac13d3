#include "process/tls_list.h"

#include <algorithm>

#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::process {

unsigned long long objects_ever_loaded() {
  unsigned long long count = 0;
  iterate_objects(
      [](dl_phdr_info* object, std::size_t, void* to) {
        *static_cast<unsigned long long*>(to) = object->dlpi_adds;
        return 1;
      },
      &count);
  return count;
}

std::size_t highest_tls_module(const link_map* first) {
  std::size_t highest = 0;
  for (const link_map* each = first; each != nullptr; each = next_of(each)) {
    highest = std::max(highest, thread_locals_of(each).module);
  }
  return highest;
}

}  // namespace bulkhead::process
