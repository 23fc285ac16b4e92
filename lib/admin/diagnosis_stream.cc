#include "admin/diagnosis_stream.h"

#include <utility>

#include "admin/render_values.h"
#include "admin/status_code.h"

namespace fairlead::admin {
namespace {

v1::DiagnosisStep::Verdict RenderVerdict(diagnose::Verdict verdict) {
  switch (verdict) {
    case diagnose::Verdict::kFine:
      return v1::DiagnosisStep::FINE;
    case diagnose::Verdict::kNote:
      return v1::DiagnosisStep::NOTE;
    case diagnose::Verdict::kFault:
      return v1::DiagnosisStep::FAULT;
    case diagnose::Verdict::kUnseen:
      return v1::DiagnosisStep::UNSEEN;
  }
  return v1::DiagnosisStep::VERDICT_UNSPECIFIED;
}

}  // namespace

void DiagnosisStream::Start(const Diagnoser& diagnoser, DiagnoseQuestion question) {
  self_ = shared_from_this();
  diagnoser(
      std::move(question), [self = self_](const diagnose::Step& step) { return self->Tell(step); },
      [self = self_](const Result<>& done) {
        self->End(done ? grpc::Status::OK : ToStatus(done.error()));
      });
}

void DiagnosisStream::Refuse(const Error& error) {
  self_ = shared_from_this();
  End(ToStatus(error));
}

bool DiagnosisStream::Tell(const diagnose::Step& step) {
  {
    const std::lock_guard lock(mutex_);
    if (is_left_) return false;
    v1::DiagnosisStep& shown = waiting_.emplace_back();
    shown.set_step(std::string(diagnose::StepKindName(step.kind)));
    shown.set_verdict(RenderVerdict(step.verdict));
    shown.set_tried(Shown(step.tried));
    shown.set_answer(Shown(step.answer));
    shown.set_meaning(Shown(step.meaning));
    shown.set_advice(Shown(step.advice));
    for (const diagnose::LogLine& line : step.log) {
      v1::LogLine& told = *shown.add_log();
      told.set_text(Shown(line.text));
      told.set_tells_error(line.tells_grpc_error);
    }
  }
  Advance();
  return true;
}

void DiagnosisStream::OnWriteDone(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    is_writing_ = false;
    is_left_ = is_left_ || !ok;
  }
  Advance();
}

// The diagnosis sees that nobody listens with its next step, and ends.
void DiagnosisStream::OnCancel() {
  {
    const std::lock_guard lock(mutex_);
    is_left_ = true;
  }
  End(grpc::Status(grpc::StatusCode::CANCELLED, "diagnose: the caller ended the call"));
}

void DiagnosisStream::OnDone() {
  const std::shared_ptr<DiagnosisStream> last = std::move(self_);
}

void DiagnosisStream::End(grpc::Status status) {
  {
    const std::lock_guard lock(mutex_);
    if (!end_) end_ = std::move(status);
  }
  Advance();
}

void DiagnosisStream::Advance() {
  std::optional<grpc::Status> finish;
  {
    const std::lock_guard lock(mutex_);
    if (is_writing_ || is_finished_) return;
    if (!waiting_.empty() && !is_left_) {
      response_ = std::move(waiting_.front());
      waiting_.pop_front();
      is_writing_ = true;
    } else if (end_) {
      is_finished_ = true;
      finish = *end_;
    } else {
      return;
    }
  }
  if (finish) {
    Finish(*finish);
  } else {
    StartWrite(&response_);
  }
}

}  // namespace fairlead::admin
