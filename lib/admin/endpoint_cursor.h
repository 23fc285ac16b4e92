// EndpointCursor: what one reader of endpoints has been told, and what is news to it. No I/O.
//
// Why pull: a slow reader is told the newest list and nothing in between; lists are whole, so none
// is missed. Memory per reader is a number per service.
// Threads: none; one owner at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "admin/render.h"
#include "base/result.h"
#include "controller/control.h"

namespace fairlead::admin {

class EndpointCursor {
 public:
  // `parent` as ServicesFor takes it. `control` outlives the cursor.
  EndpointCursor(const controller::Control& control, std::string parent);

  // A service whose list the reader does not have, by name; one that is gone once more, with none.
  // Nothing: the reader has everything. kNotFound, kInvalidArgument: there was never such a
  // service.
  Result<std::optional<pb::ServiceEndpoints>> Next();

 private:
  const controller::Control& control_;
  const std::string parent_;
  std::map<std::string, std::uint64_t> told_;  // revision by name; services that are there
  bool is_begun_ = false;
};

}  // namespace fairlead::admin
