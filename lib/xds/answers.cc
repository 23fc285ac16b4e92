#include "xds/answers.h"

#include <utility>

namespace fairlead::xds {

void SentResponse::Add(SentEndpoints endpoints) {
  if (first.resource) {
    more.push_back(std::move(endpoints));
  } else {
    first = std::move(endpoints);
  }
}

void Answers::Add(SentResponse sent) {
  if (responses_.size() >= kUnansweredMax) {
    SentResponse& oldest = responses_[0];
    SentResponse& second = responses_[1];
    if (oldest.first.resource) {
      oldest.more.push_back(std::move(oldest.first));
    }
    second.more.insert(second.more.begin(), oldest.more.begin(), oldest.more.end());
    second.sent_at = oldest.sent_at;
    responses_.erase(responses_.begin());
  }
  responses_.push_back(std::move(sent));
}

ToldResponse Answers::sent() const {
  ToldResponse last = acknowledged_;
  if (refusal_ && refusal_->response.nonce > last.nonce) {
    last = refusal_->response;
  }
  if (!responses_.empty() && responses_.back().nonce > last.nonce) {
    last = {.nonce = responses_.back().nonce, .content = responses_.back().content};
  }
  return last;
}

std::optional<TimePoint> Answers::unanswered_since() const {
  if (responses_.empty()) {
    return std::nullopt;
  }
  return responses_.front().sent_at;
}

std::set<std::string, std::less<>> Answers::Move(const std::set<std::string, std::less<>>& same,
                                                 const Catalog& catalog) {
  std::set<std::string, std::less<>> unanswered;
  for (auto sent = responses_.rbegin(); sent != responses_.rend(); ++sent) {
    SentResponse still_counts{
        .nonce = sent->nonce, .content = sent->content, .sent_at = sent->sent_at};
    sent->ForEach([&](const SentEndpoints& endpoints) {
      const std::string& name = endpoints.resource->name;
      const bool is_latest = unanswered.insert(name).second;
      if (is_latest && same.contains(name)) {
        still_counts.Add({endpoints.resource, catalog.EndpointsRevision(name)});
      }
    });
    *sent = std::move(still_counts);
  }
  return unanswered;
}

}  // namespace fairlead::xds
