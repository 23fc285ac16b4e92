#include "nameserver/desk.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::nameserver {
namespace {

// Waits of two seconds end an eighth late at most.
constexpr Duration kTidyInterval = std::chrono::milliseconds(250);

}  // namespace

Desk::Desk(boost::asio::any_io_executor loop, xds::ClientLocator& locator,
           NameServer::Options options)
    : options_(std::move(options)),
      zone_(options_.origin),
      hold_(options_.limits.answer_life),
      rng_(options_.seed),
      askers_(std::make_shared<Askers>(std::move(loop), options_.limits, locator,
                                       options_.told.limit_hit)) {}

void Desk::Take(Letter letter, Then then) {
  // What is no question costs nobody a look at who sent it.
  const std::optional<dns::Header> header = dns::ReadHeader(letter.query);
  if (!header || header->is_response) return then({});
  const std::string ip = letter.from_ip;
  askers_->Ask(ip, runtime::Now(),
               [weak = weak_from_this(), letter = std::move(letter),
                then = std::move(then)](const Askers::Place& place) {
                 if (const auto self = weak.lock()) then(self->Write(letter, place));
               });
}

std::vector<std::byte> Desk::Write(const Letter& letter, const Askers::Place& place) {
  const Circumstances circumstances{.zone = zone_,
                                    .asker = place.standing == Askers::Standing::kKnown
                                                 ? std::optional(place.asker)
                                                 : std::nullopt,
                                    .local_ip = letter.local_ip,
                                    .is_serving = is_serving_,
                                    .is_tcp = letter.is_tcp,
                                    .udp_bytes_max = options_.limits.udp_bytes_max};
  Answer answer = place.standing == Askers::Standing::kUnanswered
                      ? FailureOf(letter.query, circumstances)
                      : AnswerTo(letter.query, circumstances, rng_);
  if (answer.told) hold_.OnTold(*answer.told, runtime::Now());
  options_.told.answered(TypeName(answer.type), CodeName(answer.code));
  return std::move(answer.bytes);
}

void Desk::Put(const std::vector<fleet::ServiceViewPtr>& changed,
               const std::vector<ServiceName>& dropped) {
  const TimePoint now = runtime::Now();
  for (const fleet::ServiceViewPtr& view : changed) {
    zone_.Put(view);
    hold_.OnPublished(view->name, view->revision, now);
  }
  for (const ServiceName& service : dropped) {
    zone_.Drop(service);
    hold_.OnDropped(service);
  }
  TellAdopted(now);
}

void Desk::TellAdopted(TimePoint now) {
  const auto adopted = hold_.TakeAdopted(now);
  if (!adopted.empty()) options_.told.adopted(adopted);
}

Duration Desk::Tidy() {
  const TimePoint now = runtime::Now();
  askers_->Tidy(now);
  TellAdopted(now);
  const std::optional<TimePoint> due = hold_.Due();
  return due ? std::min(*due - now, kTidyInterval) : kTidyInterval;
}

void Desk::Stop() {
  askers_->Stop();
}

}  // namespace fairlead::nameserver
