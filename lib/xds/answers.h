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
#include <memory>
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
  TimePoint sent_at{};
  SentEndpoints first;  // for ResourceType::kEndpoints
  std::vector<SentEndpoints> more;

  void Add(SentEndpoints endpoints);
  template <class Visit>
  void ForEach(Visit visit) const {
    if (first.resource) visit(first);
    for (const SentEndpoints& endpoints : more) visit(endpoints);
  }
};

// One response and what became of it.
struct ToldResponse {
  std::uint64_t nonce = 0;  // 0: none
  std::uint64_t content = 0;
};

// What a client refused last and has acknowledged nothing since.
struct StandingRefusal {
  ToldResponse response;
  std::string text;  // "code 3: ...", fit for a log line
  TimePoint at{};
};

class Answers {
 public:
  void Add(SentResponse sent);

  // Books an ACK or, with `error_detail`, a NACK. False when the nonce names no response that is
  // unanswered. `set_refused(name, is_refused)` hears of the endpoints in it, of acknowledged ones
  // only if any was ever refused.
  template <class SetRefused>
  bool Take(ResourceType type, std::optional<std::uint64_t> nonce,
            const std::optional<std::string_view>& error_detail, TimePoint now,
            SessionEvents& events, SetRefused set_refused) {
    const auto sent = std::ranges::find_if(
        responses_, [&](const SentResponse& one) { return one.nonce == nonce; });
    if (!nonce || sent == responses_.end()) {
      return false;
    }
    if (error_detail) {
      refusal_ = std::make_unique<StandingRefusal>(
          StandingRefusal{.response = {.nonce = sent->nonce, .content = sent->content},
                          .text = ErrorDetailText(*error_detail),
                          .at = now});
      has_refused_ = true;
      sent->ForEach([&](const SentEndpoints& told) { set_refused(told.resource->name, true); });
      events.OnRefused({type, VersionText(sent->content), refusal_->text});
      responses_.erase(sent);
      return true;
    }
    for (auto one = responses_.begin(); one != sent + 1; ++one) {
      one->ForEach([&](const SentEndpoints& told) {
        events.OnEndpointsAcknowledged(told.resource->name, told.revision);
        if (has_refused_) set_refused(told.resource->name, false);
      });
    }
    acknowledged_ = {.nonce = sent->nonce, .content = sent->content};
    refusal_.reset();
    responses_.erase(responses_.begin(), sent + 1);
    return true;
  }

  // The stream has moved to another class of viewers. A revision means other addresses to them, so
  // what is unanswered counts no longer, unless its name is in `same`, those whose present
  // endpoints are just what was sent last: then it counts for the present revision. Returns the
  // names that are unanswered.
  std::set<std::string, std::less<>> Move(const std::set<std::string, std::less<>>& same,
                                          const Catalog& catalog);

  // The last response that the client was sent, and the last that it acknowledged.
  ToldResponse sent() const;
  ToldResponse acknowledged() const { return acknowledged_; }
  // Null: it refused nothing since it last acknowledged.
  const StandingRefusal* refusal() const { return refusal_.get(); }
  std::size_t unanswered_count() const { return responses_.size(); }
  // When the oldest of these was sent; nothing when there is none.
  std::optional<TimePoint> unanswered_since() const;

 private:
  // Responses that a client leaves unanswered. Beyond it the oldest two count as one.
  static constexpr std::size_t kUnansweredMax = 16;

  // Oldest first. A gRPC client answers one response at a time: that needs no memory elsewhere.
  boost::container::small_vector<SentResponse, 1> responses_;
  ToldResponse acknowledged_;
  bool has_refused_ = false;                  // ever
  std::unique_ptr<StandingRefusal> refusal_;  // few clients ever have one
};

}  // namespace fairlead::xds
