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

std::string_view InventoryCodeOf(Code error) {
  switch (error) {
    case Code::kDeadlineExceeded:
      return "engine-silent";
    case Code::kPermissionDenied:
      return "engine-forbidden";
    case Code::kUnimplemented:
      return "engine-unsupported";
    case Code::kDataLoss:
      return "engine-unreadable";
    case Code::kAborted:
      return "events-lost";
    default:
      return "engine-away";
  }
}

}  // namespace fairlead::controller
