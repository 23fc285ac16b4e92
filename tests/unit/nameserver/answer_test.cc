#include "nameserver/answer.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "nameserver/limits.h"
#include "sample_zone.h"

namespace fairlead::nameserver {
namespace {

using Bytes = std::vector<std::byte>;
using Section = dns::MessageWriter::Section;

struct Edns {
  std::uint16_t udp_bytes = 1232;
  std::uint32_t ttl = 0;  // extended code, version, flags
};

Bytes QueryOf(const std::string& name, std::uint16_t type, std::optional<Edns> edns = {},
              const dns::Header& header = {.id = 77, .wants_recursion = true}) {
  dns::MessageWriter writer(header, dns::kMessageBytesMax);
  writer.Ask({.name = *dns::ParseName(name), .type = type});
  if (edns) {
    writer.Add(
        Section::kAdditional,
        {.name = {}, .type = dns::kOpt, .network = edns->udp_bytes, .ttl = edns->ttl, .data = {}});
  }
  return std::move(writer).Take();
}

struct Situation {
  Zone zone{{"fairlead"}};
  std::optional<Asker> asker = Asker{};
  bool is_serving = true;
  bool is_tcp = false;
  Rng rng{7};

  Answer Raw(const Bytes& query) {
    return AnswerTo(query,
                    {.zone = zone,
                     .asker = asker,
                     .local_ip = "127.0.0.1",
                     .is_serving = is_serving,
                     .is_tcp = is_tcp},
                    rng);
  }
  dns::Message Ask(const Bytes& query) {
    const auto read = dns::ReadMessage(Raw(query).bytes);
    EXPECT_TRUE(read);
    return read.value_or(dns::Message());
  }
  dns::Message Ask(const std::string& name, std::uint16_t type) { return Ask(QueryOf(name, type)); }
};

Situation Serving(std::vector<fleet::Endpoint> endpoints) {
  Situation situation;
  situation.zone.Put(ViewOf(kApi, std::move(endpoints)));
  return situation;
}

std::vector<std::string> IpsOf(const std::vector<dns::Record>& records) {
  std::vector<std::string> ips;
  for (const dns::Record& record : records) {
    std::array<char, INET6_ADDRSTRLEN> shown{};
    inet_ntop(record.type == dns::kA ? AF_INET : AF_INET6, record.data.data(), shown.data(),
              shown.size());
    ips.emplace_back(shown.data());
  }
  return ips;
}

std::set<std::string> Sorted(const std::vector<std::string>& ips) {
  return {ips.begin(), ips.end()};
}

TEST(Answer, HoldsTheAddressesInRotationForASecond) {
  Situation situation = Serving({At("172.31.0.4"), At("172.31.0.5"), At("fd00::6")});
  const dns::Message four = situation.Ask("Api.shop.FairLead.", dns::kA);
  EXPECT_EQ(four.header,
            (dns::Header{
                .id = 77, .is_response = true, .is_authoritative = true, .wants_recursion = true}));
  EXPECT_EQ(four.questions[0].name, (dns::Name{"Api", "shop", "FairLead"}));
  EXPECT_EQ(Sorted(IpsOf(four.answers)), (std::set<std::string>{"172.31.0.4", "172.31.0.5"}));
  EXPECT_EQ(four.answers[0].ttl, 1U);
  EXPECT_EQ(four.answers[0].name, four.questions[0].name);
  EXPECT_TRUE(four.authorities.empty());
  EXPECT_EQ(IpsOf(situation.Ask("api.shop.fairlead.", dns::kAaaa).answers),
            std::vector<std::string>{"fd00::6"});
  EXPECT_EQ(situation.Ask("api.shop.fairlead.", dns::kAny).answers.size(), 3U);
}

TEST(Answer, NamesOnlyThoseWhoTakeTheCallsNow) {
  fleet::Endpoint standby = At("172.31.0.9");
  standby.priority = 1;
  Situation situation = Serving({At("172.31.0.4"), standby});
  EXPECT_EQ(IpsOf(situation.Ask("api.shop.fairlead.", dns::kA).answers),
            std::vector<std::string>{"172.31.0.4"});
  EXPECT_EQ(situation.Ask("_grpc._tcp.api.shop.fairlead.", dns::kSrv).answers.size(), 1U);
  Situation later = Serving({standby});
  EXPECT_EQ(IpsOf(later.Ask("api.shop.fairlead.", dns::kA).answers),
            std::vector<std::string>{"172.31.0.9"});
}

TEST(Answer, IsWhatDiscoveryTellsTheSameAsker) {
  fleet::Endpoint other = At("172.31.1.5");
  other.addresses[0].network_id = "n2";
  Situation situation = Serving({At("172.31.0.4"), other});
  situation.asker = InContainer("n2", "shop");
  EXPECT_EQ(IpsOf(situation.Ask("api.shop.fairlead.", dns::kA).answers),
            std::vector<std::string>{"172.31.1.5"});
  // Nobody whom it reaches: the name is there, and has no address.
  situation.asker = InContainer("n3", "shop");
  const dns::Message none = situation.Ask("api.shop.fairlead.", dns::kA);
  EXPECT_EQ(none.header.code, kNoError);
  EXPECT_TRUE(none.answers.empty());
}

TEST(Answer, HasPortsAndWeightsBySrvWithTheAddressesBeside) {
  fleet::Endpoint heavy = At("172.31.0.4");
  heavy.weight = 300;
  for (const std::string name : {"api.shop.fairlead.", "_grpc._tcp.api.shop.fairlead."}) {
    Situation situation = Serving({heavy});
    const dns::Message said = situation.Ask(name, dns::kSrv);
    ASSERT_EQ(said.answers.size(), 1U) << name;
    Bytes data;
    dns::Put16(data, 0);
    dns::Put16(data, 300);
    dns::Put16(data, kPort);
    dns::PutName(data, {"ac1f0004", "api", "shop", "fairlead"});
    EXPECT_EQ(said.answers[0].data, data);
    ASSERT_EQ(said.additionals.size(), 1U);
    EXPECT_EQ(said.additionals[0].name, (dns::Name{"ac1f0004", "api", "shop", "fairlead"}));
    EXPECT_EQ(IpsOf(said.additionals), std::vector<std::string>{"172.31.0.4"});
  }
}

TEST(Answer, HasWhatIsBehindAnotherPortBySrvAlone) {
  Situation situation = Serving({Published(8080), Published(8081), Published(kPort)});
  EXPECT_EQ(IpsOf(situation.Ask("api.shop.fairlead.", dns::kA).answers),
            std::vector<std::string>{"127.0.0.1"});
  const dns::Message ports = situation.Ask("api.shop.fairlead.", dns::kSrv);
  EXPECT_EQ(ports.answers.size(), 3U);
  EXPECT_EQ(ports.additionals.size(), 1U);
  EXPECT_TRUE(Serving({Published(8080)}).Ask("api.shop.fairlead.", dns::kA).answers.empty());
  EXPECT_EQ(Serving({Published(8080)}).Ask("api.shop.fairlead.", dns::kAny).answers.size(), 1U);
}

TEST(Answer, ComesInEveryOrder) {
  Situation situation = Serving({At("172.31.0.1"), At("172.31.0.2"), At("172.31.0.3")});
  std::set<std::vector<std::string>> orders;
  for (int i = 0; i < 100; ++i)
    orders.insert(IpsOf(situation.Ask("api.shop.fairlead.", dns::kA).answers));
  EXPECT_EQ(orders.size(), 6U);
}

TEST(Answer, ThatThereIsNoneSaysForHowLong) {
  Situation situation = Serving({});
  for (const auto& [name, code] :
       {std::pair("api.shop.fairlead.", kNoError), std::pair("shop.fairlead.", kNoError),
        std::pair("web.shop.fairlead.", kNoSuchName),
        std::pair("_grpc_config.api.shop.fairlead.", kNoSuchName)}) {
    const dns::Message said = situation.Ask(name, dns::kA);
    EXPECT_EQ(said.header.code, code) << name;
    EXPECT_TRUE(said.header.is_authoritative);
    EXPECT_TRUE(said.answers.empty());
    ASSERT_EQ(said.authorities.size(), 1U);
    EXPECT_EQ(said.authorities[0].type, dns::kSoa);
    EXPECT_EQ(said.authorities[0].ttl, 1U);
    // The last number: how long it may be believed (RFC 2308).
    const Bytes data = said.authorities[0].data;
    EXPECT_EQ(Bytes(data.end() - 4, data.end()), (Bytes{{}, {}, {}, std::byte{1}}));
  }
}

TEST(Answer, HasTheZonesOwnRecords) {
  Situation situation = Serving({});
  EXPECT_EQ(situation.Ask("fairlead.", dns::kSoa).answers.size(), 1U);
  EXPECT_EQ(IpsOf(situation.Ask("fairlead.", dns::kA).answers),
            std::vector<std::string>{"127.0.0.1"});
  const dns::Message servers = situation.Ask("fairlead.", dns::kNs);
  EXPECT_EQ(servers.answers.size(), 1U);
  EXPECT_EQ(IpsOf(servers.additionals), std::vector<std::string>{"127.0.0.1"});
}

TEST(Answer, IsRefusedWhereItIsNotOurs) {
  Situation situation = Serving({At("172.31.0.4")});
  const auto code = [&](const Bytes& query) { return situation.Raw(query).code; };
  EXPECT_EQ(code(QueryOf("example.", dns::kA)), kRefused);
  EXPECT_EQ(code(QueryOf(".", dns::kNs)), kRefused);
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{249, 250, 251, 252, 41})
    EXPECT_EQ(code(QueryOf("fairlead.", type)), kRefused) << type;
  Bytes chaos = QueryOf("api.shop.fairlead.", dns::kA);
  chaos.back() = std::byte{3};
  EXPECT_EQ(code(chaos), kRefused);
  situation.asker.reset();
  const Bytes query = QueryOf("api.shop.fairlead.", dns::kA, Edns{});
  EXPECT_EQ(code(query), kRefused);
  EXPECT_EQ(situation.Raw(query).bytes.size(), query.size());
}

TEST(Answer, IsAFailureUntilTheZoneIsKnown) {
  Situation situation = Serving({At("172.31.0.4")});
  situation.is_serving = false;
  for (const std::string name : {"api.shop.fairlead.", "none.fairlead."}) {
    const Answer said = situation.Raw(QueryOf(name, dns::kA));
    EXPECT_EQ(said.code, kServerFailure);
    EXPECT_FALSE(said.told);
    EXPECT_FALSE(dns::ReadMessage(said.bytes)->header.is_authoritative);
  }
  EXPECT_EQ(situation.Raw(QueryOf("example.", dns::kA)).code, kRefused);
}

TEST(Answer, IsAFailureToWhomNobodyCouldPlace) {
  Situation situation = Serving({At("172.31.0.4")});
  const Circumstances circumstances{.zone = situation.zone, .asker = {}, .local_ip = "127.0.0.1"};
  EXPECT_EQ(FailureOf(QueryOf("api.shop.fairlead.", dns::kA), circumstances).code, kServerFailure);
  EXPECT_EQ(FailureOf(Bytes(12), circumstances).code, kFormatError);
}

TEST(Answer, IsNeverGivenToAnAnswer) {
  Situation situation = Serving({});
  EXPECT_TRUE(situation.Raw(QueryOf("api.shop.fairlead.", dns::kA, {}, {.is_response = true}))
                  .bytes.empty());
  EXPECT_TRUE(situation.Raw(Bytes(11)).bytes.empty());
  EXPECT_TRUE(situation.Raw({}).bytes.empty());
}

TEST(Answer, SaysWhatIsNotDoneOrNotUnderstood) {
  Situation situation = Serving({});
  EXPECT_EQ(situation.Raw(QueryOf("fairlead.", dns::kA, {}, {.opcode = 5})).code, kNotImplemented);
  Bytes cut = QueryOf("fairlead.", dns::kA);
  cut.pop_back();
  EXPECT_EQ(situation.Raw(cut).code, kFormatError);
  EXPECT_EQ(situation.Raw(cut).bytes.size(), dns::kHeaderBytes);
  dns::MessageWriter two({.id = 1}, 512);
  two.Ask({.name = {"fairlead"}, .type = dns::kA});
  two.Ask({.name = {"fairlead"}, .type = dns::kAaaa});
  EXPECT_EQ(situation.Raw(std::move(two).Take()).code, kFormatError);
  dns::MessageWriter answered({.id = 1}, 512);
  answered.Ask({.name = {"fairlead"}, .type = dns::kA});
  answered.Add(Section::kAnswer, {.name = {"fairlead"}, .type = dns::kA, .data = Bytes(4)});
  EXPECT_EQ(situation.Raw(std::move(answered).Take()).code, kFormatError);
}

TEST(Edns, IsAnsweredInKind) {
  Situation situation = Serving({At("172.31.0.4")});
  const dns::Message with =
      situation.Ask(QueryOf("api.shop.fairlead.", dns::kA, Edns{4096, 0x8000}));
  ASSERT_EQ(with.additionals.size(), 1U);
  EXPECT_EQ(with.additionals[0].type, dns::kOpt);
  EXPECT_EQ(with.additionals[0].network, 1232);
  EXPECT_EQ(with.additionals[0].ttl, 0x8000U);  // DO is copied (RFC 3225)
  EXPECT_TRUE(situation.Ask("api.shop.fairlead.", dns::kA).additionals.empty());
}

TEST(Edns, OfAnotherVersionOrTwiceIsRefused) {
  Situation situation = Serving({At("172.31.0.4")});
  const Bytes newer = QueryOf("api.shop.fairlead.", dns::kA, Edns{1232, 1U << 16});
  EXPECT_EQ(situation.Raw(newer).code, kBadVersion);
  const dns::Message said = situation.Ask(newer);
  EXPECT_EQ(said.header.code, 0);
  EXPECT_EQ(said.additionals.at(0).ttl, 1U << 24);
  EXPECT_TRUE(said.answers.empty());

  const dns::Record option{.name = {}, .type = dns::kOpt, .network = 1232, .data = {}};
  for (const dns::Name& owner : {dns::Name(), dns::Name{"fairlead"}}) {
    dns::MessageWriter writer({.id = 1}, 512);
    writer.Ask({.name = {"fairlead"}, .type = dns::kA});
    dns::Record second = option;
    second.name = owner;
    if (owner.empty()) writer.Add(Section::kAdditional, option);
    writer.Add(Section::kAdditional, second);
    EXPECT_EQ(situation.Raw(std::move(writer).Take()).code, kFormatError);
  }
}

TEST(Answer, ThatIsTooLongForUdpIsCutAndWholeOverTcp) {
  std::vector<fleet::Endpoint> endpoints;
  for (int i = 1; i <= 200; ++i) endpoints.push_back(At("172.31.0." + std::to_string(i)));
  Situation situation = Serving(endpoints);
  const auto sizes = [&](std::optional<Edns> edns) {
    const Bytes bytes = situation.Raw(QueryOf("api.shop.fairlead.", dns::kA, edns)).bytes;
    const auto read = dns::ReadMessage(bytes);
    EXPECT_TRUE(read && read->header.is_truncated);
    EXPECT_FALSE(read->answers.empty());
    return bytes.size();
  };
  EXPECT_LE(sizes({}), 512U);
  EXPECT_GT(sizes({}), 490U);
  EXPECT_LE(sizes(Edns{100}), 512U);
  EXPECT_LE(sizes(Edns{700}), 700U);
  EXPECT_GT(sizes(Edns{700}), 670U);
  EXPECT_LE(sizes(Edns{65535}), 1232U);
  situation.is_tcp = true;
  const dns::Message whole = situation.Ask("api.shop.fairlead.", dns::kA);
  EXPECT_FALSE(whole.header.is_truncated);
  EXPECT_EQ(Sorted(IpsOf(whole.answers)).size(), 200U);
}

TEST(Answer, ThatHasNoRoomForMoreIsNotCut) {
  // Eight SRV records fit into 512 bytes, their addresses do not.
  std::vector<fleet::Endpoint> endpoints;
  for (int i = 1; i <= 8; ++i) endpoints.push_back(At("172.31.0." + std::to_string(i)));
  const dns::Message said = Serving(endpoints).Ask("api.shop.fairlead.", dns::kSrv);
  EXPECT_EQ(said.answers.size(), 8U);
  EXPECT_FALSE(said.header.is_truncated);
  EXPECT_LT(said.additionals.size(), 8U);
}

TEST(Answer, TellsWhoseAddressesItHolds) {
  Situation situation = Serving({At("172.31.0.4")});
  const auto told = [&](const std::string& name, std::uint16_t type) {
    return situation.Raw(QueryOf(name, type)).told;
  };
  EXPECT_EQ(told("api.fairlead.", dns::kA), kApi);
  EXPECT_EQ(told("api.shop.fairlead.", dns::kSrv), kApi);
  EXPECT_EQ(told("ac1f0004.api.shop.fairlead.", dns::kA), kApi);
  EXPECT_EQ(told("api.shop.fairlead.", dns::kAaaa), std::nullopt);
  EXPECT_EQ(told("none.fairlead.", dns::kA), std::nullopt);
}

}  // namespace
}  // namespace fairlead::nameserver
