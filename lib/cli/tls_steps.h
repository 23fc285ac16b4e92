// A service's way from plaintext to TLS: how far it is, and what to do next. Pure.
//
// The way: replicas that speak both (permissive), then callers that speak TLS, then replicas that
// speak nothing else (strict). No call fails on it, as long as each step waits for the one before.
#pragma once

#include <string>
#include <vector>

#include "cli/table.h"
#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::cli {

namespace pb = ::fairlead::admin::v1;

struct TlsFacts {
  std::string service;  // "user-service.shop"
  std::vector<pb::Replica> replicas = {};
  std::vector<pb::Client> clients = {};  // of whatever services
};

enum class TlsStage {
  kPlaintext,   // no replica speaks TLS
  kJoining,     // some do; all callers are told of those that speak plaintext
  kPermissive,  // all do, and some callers cannot
  kReady,       // all do, and all callers can
  kClosing,     // some speak nothing else
  kStrict,      // none speaks anything else
};
// Of the replicas in rotation; without any, of all.
TlsStage TlsStageOf(const TlsFacts& facts);

// Replicas, callers, and the next step, in words.
std::string ShowTlsSteps(const TlsFacts& facts, TableStyle style);

}  // namespace fairlead::cli
