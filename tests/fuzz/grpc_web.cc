// A body of gRPC-web, as bytes and as base64.
#include <string>

#include "base/check.h"
#include "fuzz/targets.h"
#include "gateway/messages.h"
#include "gateway/web.h"

namespace fairlead::fuzz {

int FuzzGrpcWeb(std::string_view input) {
  constexpr std::size_t kMessageBytesMax = 1024;
  static_cast<void>(gateway::WebFormOf(input));
  for (const gateway::WebForm form : {gateway::WebForm{.is_text = false}, {.is_text = true}}) {
    const auto message = gateway::MessageOfWeb(form, std::string(input), kMessageBytesMax);
    if (!message) {
      CHECK(!message.error().message.empty());
      continue;
    }
    CHECK(message->size() <= kMessageBytesMax);
    const std::string again = gateway::WebPiece(form, gateway::Framed('\0', *message));
    CHECK(gateway::MessageOfWeb(form, again, kMessageBytesMax) == *message);
  }
  return 0;
}

}  // namespace fairlead::fuzz
