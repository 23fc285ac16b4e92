// A query to the name server: any bytes get no answer, or one whole message of a size that was
// asked for, which answers that query and holds nothing but what may be told.
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/check.h"
#include "base/rng.h"
#include "dns/message.h"
#include "fuzz/targets.h"
#include "nameserver/answer.h"
#include "nameserver/zone.h"

namespace fairlead::fuzz {
namespace {

nameserver::Zone SomeZone() {
  nameserver::Zone zone({"fairlead"});
  for (const auto& [service, project, replicas] :
       {std::tuple("api", "shop", 90), std::tuple("api", "bank", 1), std::tuple("db", "shop", 0)}) {
    auto view = std::make_shared<fleet::ServiceView>();
    view->name = {.project = project, .service = service};
    view->revision = 1;
    view->port = 50051;
    for (int i = 0; i < replicas; ++i) {
      fleet::Endpoint endpoint;
      endpoint.port = 50051;
      const std::string last = std::to_string(i + 1);
      endpoint.addresses = {{.network = "n",
                             .network_id = "n",
                             .ipv4 = i % 3 == 0 ? "" : "10.0.0." + last,
                             .ipv6 = i % 3 == 0 ? "fd00::" + last : "",
                             .is_host_routable = true}};
      view->endpoints.push_back(endpoint);
    }
    zone.Put(view);
  }
  return zone;
}

void CheckAnswer(std::span<const std::byte> query, const nameserver::Circumstances& circumstances) {
  Rng rng(1);
  const nameserver::Answer answer = nameserver::AnswerTo(query, circumstances, rng);
  const std::optional<dns::Header> asked = dns::ReadHeader(query);
  CHECK(answer.bytes.empty() == (!asked || asked->is_response));
  if (answer.bytes.empty()) return;
  const std::size_t most =
      circumstances.is_tcp ? dns::kMessageBytesMax : circumstances.udp_bytes_max;
  CHECK(answer.bytes.size() <= most);
  const std::optional<dns::Message> said = dns::ReadMessage(answer.bytes);
  CHECK(said && said->header.is_response && said->header.id == asked->id);
  CHECK(said->header.code == (answer.code & 0xF));
  if (!circumstances.asker || answer.code == nameserver::kRefused) {
    CHECK(said->answers.empty() && said->authorities.empty());
    CHECK(answer.bytes.size() <= query.size());
  }
  CHECK(!answer.told || (circumstances.asker && circumstances.is_serving));
  if (const std::optional<dns::Message> read = dns::ReadMessage(query); read && answer.type != 0)
    CHECK(said->questions == read->questions);
}

}  // namespace

int FuzzNameServer(std::string_view input) {
  static const nameserver::Zone zone = SomeZone();
  const auto query = std::as_bytes(std::span(input));
  const nameserver::Asker host;
  const nameserver::Asker inside{.viewer = {.network_ids = {{"n"}}}, .project = "shop"};
  for (const auto& asker :
       {std::optional(host), std::optional(inside), std::optional<nameserver::Asker>()}) {
    for (const bool is_tcp : {false, true}) {
      for (const bool is_serving : {false, true}) {
        CheckAnswer(query, {.zone = zone,
                            .asker = asker,
                            .local_ip = "127.0.0.1",
                            .is_serving = is_serving,
                            .is_tcp = is_tcp});
      }
    }
  }
  return 0;
}

}  // namespace fairlead::fuzz
