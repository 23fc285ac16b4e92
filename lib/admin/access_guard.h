// AccessGuard: lets a call of the API begin, or refuses it and tells of that.
//
// Threads: any; a refusal is told on the call's own. A new policy is for calls that begin after it.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <string>
#include <utility>

#include "access/decision.h"
#include "admin/peer_book.h"
#include "admin/status_code.h"
#include "runtime/mutex.h"

namespace fairlead::admin {

using AccessRefused = std::function<void(const access::Refusal& refusal)>;

class AccessGuard {
 public:
  // `peers` outlives the guard; `refused` may be empty.
  AccessGuard(access::Policy policy, const PeerBook& peers, AccessRefused refused)
      : peers_(peers), refused_(std::move(refused)), policy_(std::move(policy)) {}

  void SetPolicy(access::Policy policy) {
    const runtime::MutexLock lock(mutex_);
    policy_ = std::move(policy);
  }

  Result<> Admit(const grpc::ServerContextBase& context, const access::Call& call) const;

  // Who calls, as records name it, and what it may.
  std::string ActorOf(const grpc::ServerContextBase& context) const {
    return access::ActorOf(peers_.CallerOf(context));
  }
  access::Role RoleOf(const grpc::ServerContextBase& context) const {
    return access::RoleOf(PolicyNow(), peers_.CallerOf(context));
  }

 private:
  access::Policy PolicyNow() const {
    const runtime::MutexLock lock(mutex_);
    return policy_;
  }

  const PeerBook& peers_;
  const AccessRefused refused_;
  mutable runtime::Mutex mutex_;
  access::Policy policy_ FAIRLEAD_GUARDED_BY(mutex_);
};

// A stream that ends before it begins.
template <class Response>
class RefusedStream final : public grpc::ServerWriteReactor<Response> {
 public:
  explicit RefusedStream(const Error& error) { this->Finish(ToStatus(error)); }
  void OnDone() override { delete this; }
};

}  // namespace fairlead::admin
