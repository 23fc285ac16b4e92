// DiagnosisStream: the steps of one diagnosis to one caller, each as soon as it is over.
//
// Threads: steps come on the diagnoser's thread, writes end and calls are cancelled on gRPC's.
// Bounded: a diagnosis has some ten steps.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "admin/diagnoser.h"
#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::admin {

class DiagnosisStream final : public grpc::ServerWriteReactor<v1::DiagnosisStep>,
                              public std::enable_shared_from_this<DiagnosisStream> {
 public:
  // Begins the diagnosis; the object then lives until call and diagnosis are both over.
  void Start(const Diagnoser& diagnoser, DiagnoseQuestion question);
  // Ends it with an error instead.
  void Refuse(const Error& error);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  bool Tell(const diagnose::Step& step);
  void End(grpc::Status status);
  void Advance();

  std::shared_ptr<DiagnosisStream> self_;  // until OnDone
  std::mutex mutex_;                       // protects the rest
  std::deque<v1::DiagnosisStep> waiting_;
  v1::DiagnosisStep response_;
  bool is_writing_ = false;
  bool is_finished_ = false;
  bool is_left_ = false;             // nobody listens any more
  std::optional<grpc::Status> end_;  // as soon as everything is written
};

}  // namespace fairlead::admin
