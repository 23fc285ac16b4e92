// Gateway: gRPC, and HTTP and JSON by their own descriptors, for the services that ask for it.
//
// How: lists come as they come to discovery, and a request that is taken after Publish returned
// sees them. A list is adopted when the calls to those who left it have ended, because a drain
// looks for connections of callers and does not count this process's own. Each generation is asked
// once, by server reflection, what it serves. A request is given to the next replica that has its
// route.
//
// Threads: Publish and calls() from any; everything else on the loop of `context`, which has one
// thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "gateway/call_count.h"
#include "gateway/calling.h"
#include "gateway/descriptor_files.h"
#include "gateway/directory.h"
#include "gateway/limits.h"
#include "gateway/metadata.h"
#include "gateway/passed_call.h"
#include "gateway/replica_channel.h"
#include "gateway/replica_peer.h"
#include "gateway/service_docs.h"
#include "gateway/service_now.h"
#include "h2/transport.h"
#include "http/request.h"
#include "runtime/mutex.h"

namespace fairlead::gateway {

class Gateway final : public http::Handler {
 public:
  // What it tells of itself, on its loop. Each may be empty.
  struct Told {
    // A replica cannot be answered for, and why; empty: it can now.
    std::function<void(const std::string& replica, const std::string& trouble)> trouble = {};
    // What of a service's rules was passed over.
    std::function<void(const std::string& service, const std::string& fault)> fault = {};
    // Of a file of `descriptor_paths`; empty: its contents are in use now.
    std::function<void(const std::string& name, const std::string& trouble)> descriptor = {};
    // The gateway has adopted a list: it gives nobody calls who is not in it, and calls to those
    // who left it have ended.
    std::function<void(const ServiceName& name, std::uint64_t revision)> adopted = {};
    // A replica cannot be connected because of TLS, and why, each time; or can again.
    std::function<void(const std::string& replica, const ReplicaPeer::TlsNews& news)> tls = {};
    // "waiting", "replica-queue" and "message-bytes" of CallLimits.
    std::function<void(std::string_view limit)> limit_hit = {};
  };
  struct Options {
    DescriptorLimits descriptors = {};
    CallLimits calls = {};
    // Files of descriptor sets, by the names that services give them (fairlead.gateway.descriptor).
    std::map<std::string, std::string> descriptor_paths = {};
    // Of connections to replicas that are called over TLS, on the loop; empty: no list has any.
    std::function<h2::TransportMaker(const ReplicaTls& tls)> tls_transports = {};
    Told told = {};
  };

  // `context` outlives the gateway, and each answer that is still to come.
  Gateway(boost::asio::io_context& context, Options options);
  // Gives up what is under way. On the loop. Then WaitForCalls, from elsewhere.
  ~Gateway() override;
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Latest wins: each is taken for what was told of the same service before.
  void Publish(std::vector<ServiceNow> changed, const std::vector<ServiceName>& dropped);

  std::function<void()> Handle(http::Request request, Answer answer) override;

  // A call of gRPC, by its path and headers: POST, "/pb.Greeter/SayHello", what HTTP/2 calls
  // :authority as `host`. Its messages pass as they are (PassedCall). On the loop.
  struct Pass {
    http::Request request;
    // Called once, now or later, on the loop: the call, which has begun, or why there is none.
    // kUnimplemented: nobody has that method, or nobody knows whose it is; kUnavailable: nobody is
    // there; kResourceExhausted: a limit; kInvalidArgument: a header.
    std::function<void(Result<std::shared_ptr<PassedCall>>)> begun;
    // The answer's metadata: at most once, before the first message, on any thread.
    std::function<void(Metadata)> head;
  };
  // The result, as Handle's, is called on the loop when the asker is gone before `begun`.
  std::function<void()> BeginPass(Pass pass);

  // To be kept for longer than the gateway: there may still be calls of it.
  CallCount calls() const { return calls_; }

 private:
  struct Asked;
  struct AskedRoute;
  struct AskedPass;
  struct Reflection;
  struct Line {  // to one group of a service
    std::vector<Address> addresses;
    spec::RetrySpec retry;
    std::shared_ptr<ReplicaChannel> channel;
    std::shared_ptr<void> open;  // held by each call over the channel
  };
  struct Adoption {
    std::uint64_t revision = 0;
    bool is_told = false;
    // Each channel that may have calls yet, and with whom.
    struct Calls {
      std::vector<Address> addresses;
      std::weak_ptr<void> open;
    };
    std::vector<Calls> calls;
  };
  using LineKey = std::pair<const DescriptorSet*, bool>;

  void TakePublished();
  void Take(const ServiceNow& now);
  void Reflect(const ServiceName& name, const ReplicaNow& replica);
  void OnDescribed(const ServiceName& name, const Generation& generation,
                   Result<std::shared_ptr<const DescriptorSet>> described);
  // Takes what changed of the descriptor sets in files; again each second.
  void LookAtFiles();
  void TellFaults(const ServiceName& name, const DescriptorSet& set);
  // Opens and closes channels as the service's groups are now.
  void SetLines(const Directory::Service& service);
  // What tells the loop when the last call that holds it has ended.
  std::shared_ptr<void> Opened(const ServiceName& name, const std::vector<Address>& addresses);
  void TellAdopted(const ServiceName& name);
  void TellTls(const Address& address, const ReplicaPeer::TlsNews& news) const;
  // gateway_requests.cc
  std::function<void()> Take(const std::shared_ptr<Asked>& asked);
  void Try(const std::shared_ptr<Asked>& asked);
  void TryRoute(const std::shared_ptr<AskedRoute>& asked);
  void TryPass(const std::shared_ptr<AskedPass>& asked);
  void Call(AskedRoute& asked, const Directory::Found& found);
  void CallWeb(AskedRoute& asked, const Directory::Found& found);
  const Line& LineOf(const Directory::Found& found);
  // Without metadata. kInvalidArgument: a header.
  Result<Calling> CallingFor(const http::Request& request, const Directory::Found& found,
                             const google::protobuf::MethodDescriptor& method);
  void Wait(const std::shared_ptr<Asked>& asked);
  void TryWaiting();

  boost::asio::io_context& context_;
  const Options options_;
  // Whoever comes back to the loop asks it whether the gateway is still there.
  const std::shared_ptr<int> alive_ = std::make_shared<int>();
  const std::shared_ptr<ReplicaPool> replicas_;
  CallCount calls_;

  runtime::Mutex mutex_;
  // The latest of each service; nothing: dropped. Taken on the loop before anything else.
  std::map<ServiceName, std::optional<ServiceNow>> published_ FAIRLEAD_GUARDED_BY(mutex_);

  // The loop's.
  Directory directory_;
  DescriptorFiles files_;
  boost::asio::steady_timer next_look_;
  ServiceDocs docs_;
  std::map<ServiceName, std::map<LineKey, Line>> lines_;
  std::map<ServiceName, Adoption> adoptions_;
  std::map<std::pair<ServiceName, Generation>, std::shared_ptr<Reflection>> reflections_;
  std::list<std::shared_ptr<Asked>> waiting_;
};

}  // namespace fairlead::gateway
