#include "tls/session_slot.h"

namespace fairlead::tls {
namespace {

// Our place among a connection's data; its own "app data" is Asio's.
int SlotIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

void SessionSlot::Deleter::operator()(SSL_SESSION* session) const {
  SSL_SESSION_free(session);
}

void SessionSlot::Serve(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, OnNew);
}

void SessionSlot::Attach(SSL* connection, std::uint64_t generation) {
  generation_ = generation;
  if (session_ && session_generation_ != generation) session_.reset();
  if (session_ && SSL_SESSION_is_resumable(session_.get()) == 1)
    SSL_set_session(connection, session_.get());
  SSL_set_ex_data(connection, SlotIndex(), this);
}

int SessionSlot::OnNew(SSL* connection, SSL_SESSION* session) {
  auto* const slot = static_cast<SessionSlot*>(SSL_get_ex_data(connection, SlotIndex()));
  if (slot == nullptr) return 0;
  slot->session_.reset(session);
  slot->session_generation_ = slot->generation_;
  return 1;
}

}  // namespace fairlead::tls
