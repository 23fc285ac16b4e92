#include "health_service.h"

namespace fairlead::demo {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// One open Watch. Writes the newest status, one write at a time; deletes itself at the end.
class HealthService::Watcher final : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  explicit Watcher(HealthService& service) : service_(service) {
    const std::lock_guard lock(service_.mutex_);
    service_.watchers_.insert(this);
    Advance();
  }

  // Sends what is newer than what was sent. REQUIRES: service_.mutex_ is held.
  void Advance() {
    if (is_finished_ || is_writing_ || service_.answers_.is_hung()) return;
    if (service_.closed_) {
      is_finished_ = true;
      Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is stopping"));
      return;
    }
    if (response_.status() == service_.StatusLocked()) return;
    response_.set_status(service_.StatusLocked());
    is_writing_ = true;
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(service_.mutex_);
    is_writing_ = false;
    if (ok) Advance();
  }

  void OnCancel() override {
    const std::lock_guard lock(service_.mutex_);
    if (is_finished_) return;
    is_finished_ = true;
    Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    {
      const std::lock_guard lock(service_.mutex_);
      service_.watchers_.erase(this);
    }
    delete this;
  }

 private:
  HealthService& service_;
  HealthCheckResponse response_;  // what was sent last; UNKNOWN is never sent
  bool is_writing_ = false;
  bool is_finished_ = false;
};

HealthCheckResponse::ServingStatus HealthService::StatusLocked() const {
  return serving_ && !closed_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void HealthService::SetServing(bool serving) {
  const std::lock_guard lock(mutex_);
  serving_ = serving;
  for (Watcher* watcher : watchers_) watcher->Advance();
}

void HealthService::GoOn() {
  const std::lock_guard lock(mutex_);
  for (Watcher* watcher : watchers_) watcher->Advance();
}

void HealthService::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Watcher* watcher : watchers_) watcher->Advance();
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (!request->service().empty()) {
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "only the empty name is known"));
    return reactor;
  }
  answers_.Give([this, reactor, response] {
    {
      const std::lock_guard lock(mutex_);
      response->set_status(StatusLocked());
    }
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext* /*context*/, const HealthCheckRequest* /*request*/) {
  return new Watcher(*this);  // deletes itself in OnDone
}

}  // namespace fairlead::demo
