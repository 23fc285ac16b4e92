// Webhooks: posts events to the servers that the configuration names.
//
// How: each webhook has an outbox and one coroutine that empties it, an event at a time and in
// order. What fails by transport, deadline, 408, 425, 429 or 5xx is tried again, with a doubling
// pause; any other answer but 2xx is a refusal, and the next event follows.
// Threads: made and destroyed on the loop or while it does not run; Offer from any thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/http_url.h"
#include "controller/control.h"

namespace fairlead::webhook {

struct WebhookOptions {
  HttpUrl url;
  std::set<std::string> kinds;  // words of spec/event_words.h; empty = transitions and acts
  std::string secret_file;      // empty: payloads are not signed
};

struct WebhookLimits {
  std::size_t events_max = 1'000;  // waiting (outbox.h)
  // Of one try. A receiver that does more than to take an event in should answer first.
  Duration timeout = std::chrono::seconds(10);
  // About seven minutes in all: longer than a restart of the receiver, shorter than its relevance.
  int tries_max = 12;
  DoublingBackoff pause{.first = std::chrono::milliseconds(500), .most = std::chrono::minutes(1)};
};

class Webhooks {
 public:
  struct Told {
    // The counts of webhook `index` have changed. On the loop.
    std::function<void(std::size_t index, const controller::WebhookStatus&)> status;
    // For the log: trouble that began or ended, events thrown away. On the loop.
    std::function<void(const std::string& url, const std::string& text)> trouble;
  };

  // `host`: this host's name in payloads. `seed`: of the pauses' jitter.
  Webhooks(boost::asio::io_context& loop, std::vector<WebhookOptions> webhooks, std::string host,
           std::uint64_t seed, WebhookLimits limits, Told told);
  // Calls under way end by themselves or with the loop; nothing is told any more.
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  // Puts the event into the outboxes that take it. Never waits.
  void Offer(const controller::RecordedEvent& event);

 private:
  struct Hook;
  boost::asio::io_context& loop_;
  std::vector<std::shared_ptr<Hook>> hooks_;
};

}  // namespace fairlead::webhook
