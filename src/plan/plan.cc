#include "plan/plan.h"

namespace bulkhead::plan {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::kept_private: return "private";
    case Role::shared: return "shared";
    case Role::exposed: return "exposed";
  }
  return "";
}

}  // namespace bulkhead::plan
