#include "controller/inventory_status.h"

namespace fairlead::controller {

std::string_view InventoryStateName(InventoryState state) {
  switch (state) {
    case InventoryState::kConnecting:
      return "connecting";
    case InventoryState::kSynced:
      return "synced";
    case InventoryState::kFrozen:
      return "frozen";
    case InventoryState::kStale:
      return "stale";
  }
  return "";
}

}  // namespace fairlead::controller
