// Answers: the responses of one type that a client has not answered yet, and what it said to those
// that it has.
//
// Why: an acknowledgement says which endpoints a client uses, and a drain waits for that; a refusal
// must reach people. Both kinds of session book them alike.
// A client that answers only the latest of several responses has taken the earlier ones as well: a
// refusal would have come as an answer of its own.
// Threads: none; part of a session.
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "xds/session.h"

namespace fairlead::xds {

struct SentEndpoints {
  ResourcePtr resource;  // null: none
  std::uint64_t revision = 0;
};

// A response that the client has not answered yet. The usual one tells of one resource.
struct SentResponse {
  std::uint64_t nonce = 0;
  std::uint64_t content = 0;
  SentEndpoints first;  // for ResourceType::kEndpoints
  std::vector<SentEndpoints> more;

  void Add(SentEndpoints endpoints);
  template <class Visit>
  void ForEach(Visit visit) const {
    if (first.resource) visit(first);
    for (const SentEndpoints& endpoints : more) visit(endpoints);
  }
};

class Answers {
 public:
  void Add(SentResponse sent);

  // Books an ACK or, with `error_detail`, a NACK. False when the nonce names no response that is
  // unanswered. `set_refused(name, is_refused)` hears of the endpoints in it, of acknowledged ones
  // only if any was ever refused.
  template <class SetRefused>
  bool Take(ResourceType type, std::optional<std::uint64_t> nonce,
            const std::optional<std::string_view>& error_detail, SessionEvents& events,
            SetRefused set_refused) {
    const auto sent = std::ranges::find_if(
        responses_, [&](const SentResponse& one) { return one.nonce == nonce; });
    if (!nonce || sent == responses_.end()) {
      return false;
    }
    if (error_detail) {
      refused_text_ = ErrorDetailText(*error_detail);
      has_refused_ = true;
      sent->ForEach([&](const SentEndpoints& told) { set_refused(told.resource->name, true); });
      events.OnRefused({type, VersionText(sent->content), refused_text_});
      responses_.erase(sent);
      return true;
    }
    for (auto one = responses_.begin(); one != sent + 1; ++one) {
      one->ForEach([&](const SentEndpoints& told) {
        events.OnEndpointsAcknowledged(told.resource->name, told.revision);
        if (has_refused_) set_refused(told.resource->name, false);
      });
    }
    acknowledged_content_ = sent->content;
    refused_text_.clear();
    responses_.erase(responses_.begin(), sent + 1);
    return true;
  }

  // The stream has moved to another class of viewers. A revision means other addresses to them, so
  // what is unanswered counts no longer, unless its name is in `same`, those whose present
  // endpoints are just what was sent last: then it counts for the present revision. Returns the
  // names that are unanswered.
  std::set<std::string, std::less<>> Move(const std::set<std::string, std::less<>>& same,
                                          const Catalog& catalog);

  // Empty: none.
  std::string acknowledged_version() const {
    return acknowledged_content_ ? VersionText(*acknowledged_content_) : "";
  }
  const std::string& refused_text() const { return refused_text_; }

 private:
  // Responses that a client leaves unanswered. Beyond it the oldest two count as one.
  static constexpr std::size_t kUnansweredMax = 16;

  // Oldest first. A gRPC client answers one response at a time: that needs no memory elsewhere.
  boost::container::small_vector<SentResponse, 1> responses_;
  std::optional<std::uint64_t> acknowledged_content_;
  bool has_refused_ = false;  // ever
  std::string refused_text_;
};

}  // namespace fairlead::xds
