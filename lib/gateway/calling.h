// What every call of the gateway's to a replica is: whom it asks and how, what that is on the wire,
// and what the answer comes to. Pure.
//
// Threads: none; values.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "gateway/answer.h"
#include "gateway/metadata.h"
#include "gateway/passed_call.h"
#include "h2/header_block.h"

namespace fairlead::gateway {

class ReplicaChannel;

struct Calling {
  std::shared_ptr<ReplicaChannel> channel;
  std::shared_ptr<void> open;  // let go when the call has ended
  std::string method;          // "/pb.Greeter/SayHello"
  Metadata metadata;
  std::optional<Duration> timeout;
  std::string service;  // "user-service.shop"
  // Waits for a replica, where otherwise it would end because none can be connected.
  bool waits_for_ready = false;
};

// The head of a request, as HTTP/2 carries it.
struct CallHead {
  h2::PlainBlock block;
  std::size_t list_bytes = 0;  // as RFC 9113 section 6.5.2 counts
};
// How it is sent this time.
struct Attempt {
  std::string_view authority;
  bool is_tls = false;
  std::optional<Duration> left = {};  // of its time
  int attempts_before = 0;            // that may have reached a server
};
CallHead HeadOf(const Calling& calling, const Attempt& attempt);

// Metadata of a head or of trailers: without HTTP's fields and gRPC's, and -bin values as bytes.
Metadata MetadataOf(const h2::FieldList& fields);

// What one attempt at a call came to.
struct Outcome {
  PassedCall::End end;
  // grpc-retry-pushback-ms: how long to wait before the next attempt; negative: there may be none.
  std::optional<Duration> pushback = {};
};

// What is wrong with a head that is not followed at once by the end of its answer; nothing: it is
// gRPC's. By http-grpc-status-mapping.md.
std::optional<CallFailure> FaultOfHead(const Calling& calling, const h2::FieldList& fields);
// The last header block of an answer. `has_head`: it is not the only one.
Outcome OutcomeOf(const Calling& calling, const h2::FieldList& fields, bool has_head);

// What is said to a caller of a failure that is not the service's own. `why`: what was wrong below
// gRPC, in words of ours; it may be empty.
CallFailure OwnFailure(const Calling& calling, Code code, const std::string& why = "");
// The same where a service cannot be called because of TLS, in a sentence that is for strangers:
// the log has what names files and certificates.
std::string TlsTroubleWords(const std::string& service);

}  // namespace fairlead::gateway
