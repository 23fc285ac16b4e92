// TlsHello: whether a server that ends plaintext connections without a word would rather speak TLS.
//
// Why: servers on OpenSSL or BoringSSL close or reset a connection that begins with plaintext, and
// say nothing. That looks like a server that is dying, which asks for repair; but no restart mends
// a missing label. So a target that never served and ends our connection is sent a ClientHello on
// another: who answers it with a TLS record is misconfigured.
// Threads: the prober's loop. Cost: one more connection for each such failed check.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "health/question.h"

namespace fairlead::health {

class TlsHello final : private QuestionEvents {
 public:
  using Done = std::function<void(const spec::CheckOutcome&)>;

  // `done` may not destroy this. All arguments must outlive it.
  TlsHello(const QuestionTools& tools, const spec::CheckTarget& target, Done done);

  // True of a failure behind which TLS may stand, of a target that is asked in plaintext.
  static bool IsWorthwhile(const spec::CheckTarget& target, const spec::CheckOutcome& failure);
  // Done() gets kTls when the server speaks TLS, else `failure`. Also called from inside.
  void Ask(const spec::CheckOutcome& failure);
  bool is_asking() const { return failure_.has_value(); }
  // The check's deadline has come: as Question::Expire(). REQUIRES: is_asking().
  void Expire() { question_->Expire(); }

 private:
  void OnOutcome(const spec::CheckOutcome& outcome) override;
  void OnPeerClosed() override {}
  void OnWatched(std::span<const std::byte>) override {}

  const Done done_;
  std::optional<spec::CheckOutcome> failure_;
  const std::unique_ptr<Question> question_;
};

}  // namespace fairlead::health
