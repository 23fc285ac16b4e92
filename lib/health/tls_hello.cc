#include "health/tls_hello.h"

#include <utility>

#include "tls/client_hello.h"

namespace fairlead::health {

using spec::CheckClass;

TlsHello::TlsHello(const QuestionTools& tools, const spec::CheckTarget& target, Done done)
    : done_(std::move(done)),
      question_(MakeRawQuestion(tools, target, tls::ClientHello(), *this)) {}

bool TlsHello::IsWorthwhile(const spec::CheckTarget& target, const spec::CheckOutcome& failure) {
  const bool is_ended =
      failure.check_class == CheckClass::kClosed || failure.check_class == CheckClass::kReset;
  return is_ended && target.health.tls_profile.empty();
}

void TlsHello::Ask(const spec::CheckOutcome& failure) {
  failure_ = failure;
  question_->Ask(false);
}

void TlsHello::OnOutcome(const spec::CheckOutcome& outcome) {
  const spec::CheckOutcome failure = *std::exchange(failure_, std::nullopt);
  done_(outcome.check_class == CheckClass::kTls ? outcome : failure);
}

}  // namespace fairlead::health
