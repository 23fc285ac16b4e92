// One request to the gateway, from when it came until it was answered or its asker left.
//
// Threads: the gateway's loop. Private to Gateway.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "gateway/gateway.h"
#include "http/refusal.h"

namespace fairlead::gateway {

struct Gateway::Asked {
  explicit Asked(http::Request asks) : request(std::move(asks)) {}
  virtual ~Asked() = default;
  // Answers with a refusal, unless it is over.
  void Refuse(const http::Refusal& refusal) {
    if (std::exchange(is_over, true)) return;
    patience.reset();
    OnRefusal(refusal);
  }

  http::Request request;
  std::function<void()> cancel = {};  // of the call, once there is one
  std::unique_ptr<boost::asio::steady_timer> patience = {};
  bool has_waited = false;  // for what services say of themselves, as long as may be
  bool is_over = false;

 private:
  virtual void OnRefusal(const http::Refusal& refusal) = 0;
};

}  // namespace fairlead::gateway
