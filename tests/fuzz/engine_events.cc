// The event stream: the events do not depend on the pieces, and none carries what must stay behind.
#include <string>
#include <vector>

#include "base/check.h"
#include "docker/event_decoder.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

using docker::EngineEvent;
using docker::EventDecoder;

constexpr std::size_t kEventBytesMax = 300;  // small, so that short inputs reach it

struct Decoded {
  std::vector<EngineEvent> events;
  bool is_well = true;
  std::uint64_t skipped = 0;
};

bool IsSame(const EngineEvent& a, const EngineEvent& b) {
  return a.type == b.type && a.action == b.action && a.actor_id == b.actor_id &&
         a.signal == b.signal && a.time_ns == b.time_ns &&
         a.network_container_id == b.network_container_id;
}

void CheckEvent(const EngineEvent& event) {
  CHECK(!event.type.empty() && !event.action.empty() && !event.actor_id.empty());
  CHECK(event.time_ns >= 0);
  // What follows a colon may be a command line with secrets in it.
  CHECK(event.action.find(':') == std::string::npos);
  CHECK(!event.action.starts_with("exec_"));
  CHECK(event.signal.empty() || event.action == "kill");
  CHECK(event.network_container_id.empty() || event.type == "network");
  for (const std::string* text :
       {&event.type, &event.action, &event.actor_id, &event.signal, &event.network_container_id}) {
    CHECK(text->size() <= kEventBytesMax);
  }
}

class Run {
 public:
  bool Feed(std::string_view bytes) {
    const auto fed = decoder_.Feed(bytes, [this](EngineEvent event) {
      CheckEvent(event);
      decoded_.events.push_back(std::move(event));
    });
    if (fed) return true;
    CHECK(fed.error().code == Code::kDataLoss);
    decoded_.is_well = false;
    return false;
  }
  Decoded Take() {
    decoded_.skipped = decoder_.skipped();
    return std::move(decoded_);
  }

 private:
  EventDecoder decoder_{kEventBytesMax};
  Decoded decoded_;
};

}  // namespace

int FuzzEngineEvents(std::string_view input) {
  Run whole;
  whole.Feed(input);
  const Decoded at_once = whole.Take();
  for (const unsigned seed : {1U, static_cast<unsigned>(input.size())}) {
    Run cut;
    InPieces(input, seed, [&](std::string_view piece) { return cut.Feed(piece); });
    const Decoded in_pieces = cut.Take();
    CHECK(at_once.is_well == in_pieces.is_well && at_once.skipped == in_pieces.skipped);
    CHECK(at_once.events.size() == in_pieces.events.size());
    for (std::size_t i = 0; i < at_once.events.size(); ++i) {
      CHECK(IsSame(at_once.events[i], in_pieces.events[i]));
    }
  }
  return 0;
}

}  // namespace fairlead::fuzz
