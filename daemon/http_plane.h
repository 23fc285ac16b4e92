// HttpPlane: the HTTP listener of the daemon and what is on it.
//
// Threads: Start, Stop and the destructor from main; the pages answer on the plane's own loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/config.h"
#include "controller/control.h"
#include "http/pages.h"
#include "http_listener.h"
#include "metrics/meter.h"
#include "rest/rest_handler.h"
#include "runtime/io_thread.h"
#include "telemetry/log.h"
#include "tls/live_profile.h"
#include "tls/profile.h"

namespace fairlead::daemon {

class HttpPlane {
 public:
  // All outlive the plane.
  HttpPlane(const controller::Control& control, std::string version, metrics::Meter& meter,
            telemetry::Logger& log);
  ~HttpPlane();  // as Stop with no time to spare

  struct Options {
    config::HttpConfig config;
    std::string token_path;                // of the token that lets requests act
    std::shared_ptr<grpc::Channel> admin;  // to the API inside the process
    std::optional<tls::Profile> tls = {};  // what the TCP addresses serve; nothing: plaintext
    tls::LiveProfile::Tell profile_news = {};
    front::PeerNews peer_news = {};
  };
  // Listens wherever the config says, which may be nowhere; or says why not.
  Result<> Start(const Options& options);
  // As HttpListener says; none where it listens nowhere. After Start.
  std::vector<std::string> addresses() const {
    return listener_ ? listener_->addresses() : std::vector<std::string>();
  }
  boost::asio::io_context& context() { return loop_.context(); }
  // Lets answers under way end for at most `patience`. Idempotent.
  void Stop(Duration patience);

 private:
  Result<> AddRest(const Options& options);
  http::Told Told();
  std::string MetricsPage();

  const controller::Control& control_;
  const std::string version_;
  metrics::Meter& meter_;
  telemetry::Logger& log_;
  http::Pages pages_;
  std::unique_ptr<rest::RestHandler> rest_;
  runtime::IoThread loop_{"fl-http"};
  std::unique_ptr<HttpListener> listener_;  // null: nowhere
  bool is_stopped_ = false;
};

}  // namespace fairlead::daemon
