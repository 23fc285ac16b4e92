// What is asked of the process that writes the certificates of services, and what it answers, as
// bytes: packets of fixed fields (base/packet_fields.h).
//
// How: a turn is one question. Its head comes over the pair, with the end of another pair, over
// which come as many containers as the head says and then go back news as they happen, all
// certificates there are, and the end. So each question says all there is to know: who answers may
// have been started a moment ago.
// Threads: any; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ca/keeper.h"
#include "spec/container_facts.h"
#include "spec/names.h"

namespace fairlead::ca {

// A container that asks for the certificate of its service.
struct AskingContainer {
  ContainerId id;
  ServiceName service;
  std::string name;     // of the container, for messages
  std::string user;     // as the engine says it
  std::string created;  // likewise
  bool operator==(const AskingContainer&) const = default;
};

// Ten replicas for each of the most services that get a certificate; a memory of 6 MB at most.
inline constexpr std::size_t kAskingMax = 10 * kServicesMax;
// Of packets both ways: a few fit into a socket.
inline constexpr std::size_t kAuthorityPacketBytesMax = std::size_t{32} * 1024;

// The container as it can be told: texts are made printable and cut at their most, so that a number
// of a user that is longer than any is none. Nothing: its id or its service's name is none.
std::optional<AskingContainer> Askable(const ContainerFacts& facts, const ServiceName& service);

struct TurnQuestion {
  bool is_complete = false;  // as Keeper::SetComplete has it
  std::uint32_t containers = 0;
  bool operator==(const TurnQuestion&) const = default;
};

inline constexpr std::size_t kTurnQuestionBytes = 1 + 4;
// REQUIRES: at most kAskingMax containers.
std::string WriteTurnQuestion(const TurnQuestion& question);
// kInvalidArgument: no question. What is read is written the same; so below.
Result<TurnQuestion> ReadTurnQuestion(std::string_view packet);

// Takes from the front of `containers` what fits into one packet. REQUIRES: each is Askable()'s.
std::string WriteSomeContainers(std::span<const AskingContainer>& containers);
// kInvalidArgument: not one container or more, or one that Askable() does not make.
Result<std::vector<AskingContainer>> ReadContainers(std::string_view packet);

// Behind it nothing else comes.
struct TurnEnd {
  std::uint32_t certificates = 0;  // how many have come
  Error refusal = {.code = Code::kOk, .message = {}};
  bool operator==(const TurnEnd&) const = default;
};
using TurnAnswer = std::variant<KeeperNews, KeptCertificate, TurnEnd>;

// Longer texts of answers are cut.
inline constexpr std::size_t kAnswerTextBytesMax = 2048;
// The longest answer: a certificate's four texts and its numbers.
inline constexpr std::size_t kAnswerBytesMax = 4 * (2 + kAnswerTextBytesMax) + 64;

// Several of them make a packet.
std::string WriteAnswer(const TurnAnswer& answer);
// kDataLoss: not one answer or more.
Result<std::vector<TurnAnswer>> ReadAnswers(std::string_view packet);

}  // namespace fairlead::ca
