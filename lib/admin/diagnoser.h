// Diagnoser: who looks into failing calls for the admin plane; the daemon hands it in.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "diagnose/diagnosis.h"

namespace fairlead::admin {

struct DiagnoseQuestion {
  std::string client;        // a container's name, or the start of its id
  std::string service;       // as Fleet::Explain takes it
  std::string dialled_name;  // empty: what is usual
  bool uses_tls = false;
};

// Returns at once. `tell` is called for each step on a thread of the diagnoser's own, and says
// whether anybody still listens; then `done` once, which may come at once: kResourceExhausted.
using Diagnoser =
    std::function<void(DiagnoseQuestion question, std::function<bool(const diagnose::Step&)> tell,
                       std::function<void(Result<>)> done)>;

}  // namespace fairlead::admin
