// NameServer: discovery for those who cannot speak xDS: DNS over UDP and TCP (RFC 1035).
//
// Who asks is told the addresses that xDS would tell it, of the replicas in rotation; what it is
// told lives for a second. It answers for one zone and refuses the rest: it is no resolver.
// Threads: construct, Listen and destroy on the context's one thread. Publish and OpenGate from any
// thread while it lives. `told` is called on the context's.
// Limits: NameServerLimits; each that is hit is told by its word.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/name.h"
#include "nameserver/limits.h"
#include "spec/names.h"
#include "xds/client_locator.h"
#include "xds/publisher.h"

namespace fairlead::nameserver {

// A query longer than this holds more than a question; over UDP it is cut and so FORMERR.
inline constexpr std::size_t kQueryBytesMax = 1024;

struct NameServerTold {
  // Words of TypeName and CodeName.
  std::function<void(const std::string& type, const std::string& code)> answered;
  std::function<void(std::string_view limit)> limit_hit;
  // No answer is left that came from an older list than these.
  std::function<void(const std::map<ServiceName, std::uint64_t>&)> adopted;
};

class NameServer final : public xds::Publisher {
 public:
  struct Options {
    dns::Name origin;        // of the zone
    std::uint64_t seed = 0;  // of the order of addresses
    NameServerLimits limits = {};
    NameServerTold told = {};
  };

  // `context` and `locator` outlive it; what `locator` still tells then is ignored.
  NameServer(boost::asio::io_context& context, xds::ClientLocator& locator, Options options);
  // Closes everything at once.
  ~NameServer() override;
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // UDP and TCP on the same port, which is returned; 0 asks for any. The address may be one that
  // the host does not have yet, as a bridge that the engine makes later.
  // kFailedPrecondition: in use, or not permitted.
  Result<std::uint16_t> Listen(const std::string& ip, std::uint16_t port);

  void Publish(std::vector<fleet::ServiceViewPtr> changed,
               std::vector<ServiceName> dropped) override;
  // Until now every question about the zone has been answered by SERVFAIL.
  void OpenGate() override;

 private:
  class State;
  boost::asio::io_context& context_;
  const std::shared_ptr<State> state_;
};

}  // namespace fairlead::nameserver
