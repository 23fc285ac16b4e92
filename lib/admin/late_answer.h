// LateAnswer: one unary call that is answered later, from another thread.
//
// Two may end it: the daemon's answer, and the caller who stops waiting. Whoever comes first
// finishes the call; the other finds nothing left to do. The daemon may answer after the call, and
// even the server, is gone.
// Threads: Begin on gRPC's; Succeed and Fail from any thread, each once at most.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace fairlead::admin {

template <class Response>
class LateAnswer {
 public:
  // `response` lives as long as the call. `if_cancelled` is told to who stops waiting.
  LateAnswer(Response& response, std::string if_cancelled)
      : link_(std::make_shared<Link>()), response_(&response) {
    link_->reactor = new Reactor(link_, std::move(if_cancelled));
    reactor_ = link_->reactor;
  }

  // To be returned from the method.
  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  // Fills the response while the call is known to be alive, and finishes it.
  void Succeed(Response filled) const {
    // Under the lock only taken; finished outside, because Finish may call back.
    if (Reactor* const reactor = link_->Take()) {
      *response_ = std::move(filled);
      reactor->Finish(grpc::Status::OK);
    }
  }
  void Fail(const grpc::Status& status) const {
    if (Reactor* const reactor = link_->Take()) reactor->Finish(status);
  }

 private:
  class Reactor;
  // The part that both ends share.
  struct Link {
    std::mutex mutex;
    Reactor* reactor = nullptr;  // null once the call is finished

    Reactor* Take() {
      const std::lock_guard lock(mutex);
      return std::exchange(reactor, nullptr);
    }
  };
  class Reactor final : public grpc::ServerUnaryReactor {
   public:
    Reactor(std::shared_ptr<Link> link, std::string if_cancelled)
        : link_(std::move(link)), if_cancelled_(std::move(if_cancelled)) {}
    void OnCancel() override {
      if (Reactor* const self = link_->Take())
        self->Finish(grpc::Status(grpc::StatusCode::CANCELLED, if_cancelled_));
    }
    void OnDone() override { delete this; }

   private:
    const std::shared_ptr<Link> link_;
    const std::string if_cancelled_;
  };

  std::shared_ptr<Link> link_;
  Response* response_;
  grpc::ServerUnaryReactor* reactor_ = nullptr;
};

}  // namespace fairlead::admin
