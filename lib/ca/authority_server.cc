#include "ca/authority_server.h"

#include <poll.h>

#include <cerrno>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ca/authority_message.h"
#include "runtime/pair_question.h"
#include "runtime/passed_packet.h"

namespace fairlead::ca {
namespace {

using runtime::PacketReceived;

void WaitFor(int socket, short event) {
  pollfd waited{.fd = socket, .events = event, .revents = 0};
  poll(&waited, 1, -1);
}

// Of a question, what came over the pair, and who asks.
struct Asked {
  TurnQuestion question;
  std::vector<AskingContainer> containers;
};

// What comes behind the head. kCancelled: who asks has left.
Result<std::vector<AskingContainer>> TakeContainers(int asker, std::size_t count) {
  std::vector<AskingContainer> containers;
  runtime::PassedPacket packet;
  while (containers.size() < count) {
    const PacketReceived received = runtime::ReceivePacket(asker, kAuthorityPacketBytesMax, packet);
    if (received == PacketReceived::kNothing) {
      WaitFor(asker, POLLIN);
      continue;
    }
    if (received == PacketReceived::kEnd) return Fail(Code::kCancelled, "who asked has left");
    Result<std::vector<AskingContainer>> some = ReadContainers(packet.bytes);
    if (!some) return std::unexpected(some.error());
    if (containers.size() + some->size() > count)
      return Fail(Code::kInvalidArgument,
                  "ask for the certificates of services: more containers than were said");
    containers.insert(containers.end(), std::make_move_iterator(some->begin()),
                      std::make_move_iterator(some->end()));
  }
  return containers;
}

ContainerFacts FactsOf(const AskingContainer& container) {
  ContainerFacts facts;
  facts.id = container.id;
  facts.name = container.name;
  facts.user = container.user;
  facts.created = container.created;
  return facts;
}

class Desk {
 public:
  Desk(KeeperOptions options, const std::function<Moment()>& now)
      : now_(now),
        keeper_(std::move(options), [this](const KeeperNews& news) { Send(WriteAnswer(news)); }) {}

  void Serve(std::string_view packet, FileDescriptor asker) {
    asker_ = std::move(asker);
    const Result<Asked> asked = Take(packet);
    TurnEnd end;
    if (asked) {
      Turn(*asked);
      end.certificates = SendAll();
    } else {
      end.refusal = asked.error();
    }
    Send(WriteAnswer(end));
    asker_ = FileDescriptor();
  }

 private:
  Result<Asked> Take(std::string_view packet) const {
    const Result<TurnQuestion> question = ReadTurnQuestion(packet);
    if (!question) return std::unexpected(question.error());
    Result<std::vector<AskingContainer>> containers =
        TakeContainers(asker_.get(), question->containers);
    if (!containers) return std::unexpected(containers.error());
    return Asked{.question = *question, .containers = *std::move(containers)};
  }

  void Turn(const Asked& asked) {
    const Moment now = now_();
    std::set<ContainerId> asking;
    for (const AskingContainer& one : asked.containers) {
      keeper_.Observe(FactsOf(one), one.service, now.time);
      asking.insert(one.id);
    }
    for (const ContainerId& id : asking_)
      if (!asking.contains(id)) keeper_.Gone(id, now.time);
    asking_ = std::move(asking);
    keeper_.SetComplete(asked.question.is_complete, now.time);
    keeper_.Turn(now);
  }

  // How many.
  std::uint32_t SendAll() {
    std::uint32_t count = 0;
    std::string packet;
    for (const KeptCertificate& one : keeper_.All()) {
      packet += WriteAnswer(one);
      ++count;
      if (packet.size() + kAnswerBytesMax > kAuthorityPacketBytesMax)
        Send(std::exchange(packet, std::string()));
    }
    if (!packet.empty()) Send(packet);
    return count;
  }

  // Who has left is told nothing: it ends, or has started anew.
  void Send(std::string_view packet) {
    while (asker_.valid()) {
      const int error = runtime::SendPacket(asker_.get(), packet, -1);
      if (error == 0) return;
      if (error == EAGAIN) {
        WaitFor(asker_.get(), POLLOUT);
      } else {
        asker_ = FileDescriptor();
      }
    }
  }

  const std::function<Moment()> now_;
  Keeper keeper_;
  std::set<ContainerId> asking_;  // at the last turn
  FileDescriptor asker_;
};

}  // namespace

void ServeAuthority(int pair, KeeperOptions options, const std::function<Moment()>& now) {
  Desk desk(std::move(options), now);
  runtime::ServeQuestions(
      pair, kTurnQuestionBytes,
      [&](std::string_view packet, FileDescriptor asker) { desk.Serve(packet, std::move(asker)); });
}

}  // namespace fairlead::ca
