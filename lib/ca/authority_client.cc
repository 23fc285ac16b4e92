#include "ca/authority_client.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <expected>
#include <span>
#include <utility>
#include <variant>

#include "runtime/clock.h"
#include "runtime/pair_question.h"
#include "runtime/passed_packet.h"

namespace fairlead::ca {
namespace {

using runtime::FileDescriptor;

constexpr std::string_view kDoing =
    "ask the process of ours that writes the certificates of services: ";
// The daemon's own certificate and the authority's beside those of services.
constexpr std::size_t kCertificatesMax = kServicesMax + 2;

std::unexpected<Error> DoesNotAnswer() {
  return Fail(Code::kUnavailable,
              std::string(kDoing) +
                  "it does not answer, and is waited for; if this stays, look at the disks that it "
                  "writes to, or restart fairleadd");
}

}  // namespace

AuthorityClient::AuthorityClient(int pair, Keeper::Tell tell, Duration patience)
    : pair_(pair), tell_(std::move(tell)), patience_(patience) {}

bool AuthorityClient::Observe(const ContainerFacts& facts, const std::optional<ServiceName>& asks) {
  std::optional<AskingContainer> container = asks ? Askable(facts, *asks) : std::nullopt;
  if (!container) return Gone(facts.id);
  AskingContainer& known = asking_[facts.id];
  if (known == *container) return false;
  known = *std::move(container);
  has_changed_ = true;
  return true;
}

bool AuthorityClient::Gone(const ContainerId& id) {
  if (asking_.erase(id) == 0) return false;
  has_changed_ = true;
  return true;
}

void AuthorityClient::SetComplete(bool is_complete) {
  has_changed_ = has_changed_ || is_complete != is_complete_;
  is_complete_ = is_complete;
}

AuthorityClient::Turned AuthorityClient::Turn() {
  has_heard_ = false;
  const Result<Turned> turned = AskAndHear(runtime::Now() + patience_);
  if (!turned) return TellTrouble(turned.error().message);
  if (*turned == Turned::kDone && asking_.size() > kAskingMax)
    return TellTrouble(
        fmt::format("{} containers ask for certificates of their services, and no more than {} are "
                    "looked at",
                    asking_.size(), kAskingMax));
  trouble_.clear();
  return *turned;
}

Result<AuthorityClient::Turned> AuthorityClient::AskAndHear(TimePoint deadline) {
  // Of an earlier turn.
  const bool is_asked = answering_.valid();
  Heard heard = Heard::kEnd;
  if (is_asked) {
    const Result<Heard> earlier = Hear(deadline);
    if (!earlier) return std::unexpected(earlier.error());
    heard = *earlier;
  }
  for (int i = 0; i < runtime::kQuestionTries && heard == Heard::kEnd; ++i) {
    if (const Result<> asked = Ask(deadline); !asked) return std::unexpected(asked.error());
    const Result<Heard> now = Hear(deadline);
    if (!now) return std::unexpected(now.error());
    heard = *now;
  }
  if (heard == Heard::kAll) return is_asked && has_changed_ ? Turned::kGoesOn : Turned::kDone;
  if (heard == Heard::kEnd)
    return Fail(Code::kUnavailable,
                std::string(kDoing) +
                    "it has ended during the question; another takes its place, "
                    "and the log says of what it died");
  if (!has_heard_) return DoesNotAnswer();
  return Turned::kGoesOn;
}

Result<> AuthorityClient::Ask(TimePoint deadline) {
  std::vector<AskingContainer> containers;
  for (const auto& [id, container] : asking_)
    if (containers.size() < kAskingMax) containers.push_back(container);
  // Nothing is removed for want of those that found no place.
  const TurnQuestion question{.is_complete = is_complete_ && containers.size() == asking_.size(),
                              .containers = static_cast<std::uint32_t>(containers.size())};
  std::expected<FileDescriptor, int> ours =
      runtime::SendQuestion(pair_, WriteTurnQuestion(question));
  if (!ours) {
    const Error error = runtime::NotAsked(ours.error()).error();
    return Fail(error.code, std::string(kDoing) + error.message);
  }
  std::span<const AskingContainer> rest = containers;
  while (!rest.empty()) {
    const std::string packet = WriteSomeContainers(rest);
    int error = runtime::SendPacket(ours->get(), packet, -1);
    while (error == EAGAIN) {
      if (!runtime::WaitFor(ours->get(), POLLOUT, deadline)) return DoesNotAnswer();
      error = runtime::SendPacket(ours->get(), packet, -1);
    }
    // It has ended: Hear() sees that as well.
    if (error != 0) break;
  }
  answering_ = *std::move(ours);
  coming_.clear();
  has_changed_ = false;
  return {};
}

Result<AuthorityClient::Heard> AuthorityClient::Hear(TimePoint deadline) {
  runtime::PassedPacket packet;
  while (true) {
    const runtime::Heard heard =
        runtime::WaitForPacket(answering_.get(), kAuthorityPacketBytesMax, deadline, packet);
    if (heard == runtime::Heard::kSilence) return Heard::kSilence;
    if (heard == runtime::Heard::kEnd) {
      answering_ = FileDescriptor();
      return Heard::kEnd;
    }
    has_heard_ = true;
    const Result<bool> is_all = Take(packet.bytes);
    if (is_all && !*is_all) continue;
    answering_ = FileDescriptor();
    if (!is_all) return std::unexpected(is_all.error());
    return Heard::kAll;
  }
}

// True: with this packet it has come to its end.
Result<bool> AuthorityClient::Take(std::string_view packet) {
  Result<std::vector<TurnAnswer>> answers = ReadAnswers(packet);
  if (!answers) return std::unexpected(answers.error());
  for (TurnAnswer& answer : *answers) {
    if (const auto* news = std::get_if<KeeperNews>(&answer)) {
      tell_(*news);
    } else if (auto* kept = std::get_if<KeptCertificate>(&answer)) {
      coming_.push_back(std::move(*kept));
    } else {
      TurnEnd& end = std::get<TurnEnd>(answer);
      if (end.refusal.code != Code::kOk) return std::unexpected(std::move(end.refusal));
      if (end.certificates == coming_.size()) {
        all_ = std::exchange(coming_, {});
        return true;
      }
      return Fail(Code::kDataLoss, std::string(kDoing) + "its answer is not whole");
    }
    if (coming_.size() > kCertificatesMax)
      return Fail(Code::kDataLoss, std::string(kDoing) + "its answer has no end");
  }
  return false;
}

AuthorityClient::Turned AuthorityClient::TellTrouble(const std::string& text) {
  const bool is_repeated = trouble_ == text;
  trouble_ = text;
  tell_({.kind = KeeperNews::Kind::kFailed,
         .who = kOfAuthority,
         .text = text,
         .is_repeated = is_repeated});
  return Turned::kFailed;
}

std::vector<KeptCertificate> AuthorityClient::All() const {
  std::vector<KeptCertificate> all = all_;
  if (trouble_.empty()) return all;
  const auto own = std::ranges::find(all, kOfAuthority, &KeptCertificate::who);
  if (own != all.end()) {
    own->trouble = trouble_;
  } else {
    all.push_back({.who = kOfAuthority, .facts = {}, .trouble = trouble_});
  }
  return all;
}

}  // namespace fairlead::ca
