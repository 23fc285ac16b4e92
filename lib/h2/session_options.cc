#include "h2/session_options.h"

#include <cstddef>

#include "base/check.h"

namespace fairlead::h2 {

namespace {
// Answers to PING and SETTINGS that a peer makes us queue and does not read; more end the session.
constexpr std::size_t kUnreadAcksMax = 100;
}  // namespace

const nghttp2_option* SessionOptions() {
  static const nghttp2_option* const kOptions = [] {
    nghttp2_option* made = nullptr;
    CHECK(nghttp2_option_new(&made) == 0);
    // Our headers are a few short fields: a compression table per connection only costs memory.
    nghttp2_option_set_max_deflate_dynamic_table_size(made, 0);
    nghttp2_option_set_max_outbound_ack(made, kUnreadAcksMax);
    nghttp2_option_set_no_closed_streams(made, 1);
    return made;
  }();
  return kOptions;
}

}  // namespace fairlead::h2
