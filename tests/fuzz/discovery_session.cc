// A client's life with discovery: each byte is a choice of what happens next, and the model says
// what must hold of it (unit/xds/session_model.h).
#include <cstdio>
#include <string>

#include "base/check.h"
#include "fuzz/targets.h"
#include "unit/xds/session_model.h"

namespace fairlead::fuzz {
namespace {

// The model compares all that there is at these steps, and in between what comes.
constexpr int kStepsToSettle = 10;

void Live(std::string_view choices, bool is_delta) {
  xds::SessionModel client(is_delta, [&](std::size_t end) -> std::size_t {
    if (choices.empty()) return 0;
    const auto choice = static_cast<unsigned char>(choices.front());
    choices.remove_prefix(1);
    return choice % end;
  });
  for (int step = 1; !choices.empty(); ++step) {
    client.Step();
    if (step % kStepsToSettle == 0) client.Settle();
  }
  client.Settle();
  if (!client.problem().empty()) std::fputs((client.problem() + "\n").c_str(), stderr);
  CHECK(client.problem().empty());
}

}  // namespace

int FuzzDiscoverySession(std::string_view input) {
  Live(input, /*is_delta=*/false);
  Live(input, /*is_delta=*/true);
  return 0;
}

}  // namespace fairlead::fuzz
