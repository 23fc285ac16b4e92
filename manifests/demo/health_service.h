// HealthService: grpc.health.v1 for a whole server, as one switch.
//
// Why not the library's own: its Watch streams outlive a graceful Shutdown() and hold it up; here
// Close() ends them, so that a stop takes as long as the calls in flight and no longer.
// Threads: any. Invariant: every open watch has been told the present status, or is being told.
#pragma once

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <set>

#include "answers.h"
#include "health.grpc.pb.h"

namespace fairlead::demo {

class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // While `answers` hangs, checks wait and watches are told nothing.
  explicit HealthService(Answers& answers) : answers_(answers) {}

  void SetServing(bool serving);
  // Tells every watch what it was not told while the server hung.
  void GoOn();
  // Says NOT_SERVING and ends every watch, now and from now on.
  void Close();

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  class Watcher;

  grpc::health::v1::HealthCheckResponse::ServingStatus StatusLocked() const;

  Answers& answers_;
  // Recursive, because a watcher may be told it can write from within its own start.
  std::recursive_mutex mutex_;
  bool serving_ = true;          // guarded by mutex_
  bool closed_ = false;          // guarded by mutex_
  std::set<Watcher*> watchers_;  // guarded by mutex_
};

}  // namespace fairlead::demo
