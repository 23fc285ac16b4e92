#include "service_certificates.h"

#include <boost/system/error_code.hpp>
#include <optional>
#include <utility>
#include <variant>

namespace fairlead::daemon {
namespace {

// Whose certificate a container wants.
std::optional<ServiceName> AskedBy(const spec::LabelReading& reading) {
  if (!reading.spec || reading.spec->traffic.tls.source != spec::TlsSource::kAuto)
    return std::nullopt;
  return reading.spec->name;
}

// What is read of it.
ContainerFacts FactsFor(const ContainerFacts& facts) {
  ContainerFacts some;
  some.id = facts.id;
  some.name = facts.name;
  some.user = facts.user;
  some.created = facts.created;
  return some;
}

}  // namespace

ServiceCertificates::ServiceCertificates(int authority, controller::ObserverSink& next, Told told)
    : next_(next),
      told_(std::move(told)),
      timer_(loop_.context()),
      authority_(authority, [this](const ca::KeeperNews& news) { told_.news(news); }) {}

void ServiceCertificates::Start() {
  loop_.Post([this] { Turn(); });
}

bool ServiceCertificates::OnFact(fleet::Event fact) {
  // One that the core cannot take now comes again, and says nothing new here.
  Hear(fact);
  return next_.OnFact(std::move(fact));
}

void ServiceCertificates::Hear(const fleet::Event& fact) {
  if (const auto* observed = std::get_if<fleet::ContainerObserved>(&fact)) {
    HearOf(*observed);
  } else if (const auto* gone = std::get_if<fleet::ContainerGone>(&fact)) {
    if (asking_.erase(gone->id) == 0) return;
    loop_.Post([this, id = gone->id] {
      if (authority_.Gone(id)) TurnSoon();
    });
  } else if (std::holds_alternative<fleet::InventorySynced>(fact)) {
    SetComplete(true);
  } else if (std::holds_alternative<fleet::InventoryStale>(fact)) {
    SetComplete(false);
  }
}

void ServiceCertificates::HearOf(const fleet::ContainerObserved& observed) {
  std::optional<ServiceName> asks = AskedBy(observed.reading);
  if (asks) {
    asking_.insert(observed.facts.id);
  } else if (asking_.erase(observed.facts.id) == 0) {
    return;
  }
  loop_.Post([this, facts = FactsFor(observed.facts), asks = std::move(asks)] {
    if (authority_.Observe(facts, asks)) TurnSoon();
  });
}

void ServiceCertificates::SetComplete(bool is_complete) {
  loop_.Post([this, is_complete] { authority_.SetComplete(is_complete); });
}

void ServiceCertificates::TurnSoon() {
  // Behind what else has come: a Compose project is one turn.
  if (!std::exchange(is_turn_due_, true)) loop_.Post([this] { Turn(); });
}

void ServiceCertificates::Turn() {
  is_turn_due_ = false;
  const auto turned = authority_.Turn();
  TellAll();
  if (turned == ca::AuthorityClient::Turned::kGoesOn) return TurnSoon();
  timer_.expires_after(kCertificateTurn);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Turn();
  });
}

void ServiceCertificates::TellAll() const {
  std::vector<admin::CertificateInUse> all;
  for (ca::KeptCertificate& one : authority_.All()) {
    all.push_back({.profile = std::move(one.who),
                   .plane = "services",
                   .facts = one.facts,
                   .trouble = std::move(one.trouble)});
  }
  told_.certificates(std::move(all));
}

}  // namespace fairlead::daemon
