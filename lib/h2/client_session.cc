#include "h2/client_session.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "h2/client_connection.h"
#include "h2/session_options.h"

namespace fairlead::h2 {

namespace {

std::string_view Text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// Nothing is copied by nghttp2: the request outlives its streams.
nghttp2_nv Field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  constexpr std::uint8_t kFlags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  return {bytes(name), bytes(value), name.size(), value.size(), kFlags};
}

}  // namespace

// Static members of a friend, so that the callbacks reach what is private to the connection.
struct ClientCallbacks {
  static ClientConnection& Of(void* user) { return *static_cast<ClientConnection*>(user); }

  static bool IsOfCall(const ClientConnection& connection, std::int32_t id) {
    return id == connection.call_id_ && !connection.is_call_over_;
  }

  static int Header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
    ClientConnection& connection = Of(user);
    if (!IsOfCall(connection, frame->hd.stream_id)) return 0;
    if (connection.answer_->OnField(Text(name, name_size), Text(value, value_size))) return 0;
    connection.EndCall({});
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int DataReceived(nghttp2_session* session, std::uint8_t, std::int32_t id,
                          const std::uint8_t* data, std::size_t size, void* user) {
    ClientConnection& connection = Of(user);
    if (!IsOfCall(connection, id)) return 0;
    if (connection.answer_->OnData(std::as_bytes(std::span(data, size)))) return 0;
    connection.EndCall({});
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    return 0;
  }

  static int FrameReceived(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    ClientConnection& connection = Of(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) connection.is_leaving_ = true;
    if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
      connection.is_settled_ = true;
    const bool ends = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                      (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!ends || !IsOfCall(connection, frame->hd.stream_id)) return 0;
    connection.EndCall({});
    // A peer may answer before it took the question; the rest of it is then not sent.
    if (nghttp2_session_get_stream_local_close(session, frame->hd.stream_id) == 0) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    }
    return 0;
  }

  static int StreamClosed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    ClientConnection& connection = Of(user);
    if (!IsOfCall(connection, id)) return 0;
    connection.EndCall(code == NGHTTP2_NO_ERROR ? std::nullopt : std::optional(code));
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t most,
                          std::uint32_t* flags, nghttp2_data_source*, void* user) {
    ClientConnection& connection = Of(user);
    const auto rest = std::span(connection.request_.body).subspan(connection.body_sent_bytes_);
    const std::size_t size = std::min(most, rest.size());
    std::memcpy(to, rest.data(), size);
    connection.body_sent_bytes_ += size;
    if (size == rest.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }
};

namespace {

// Built once per process: nghttp2 copies both when it makes a session.
const nghttp2_session_callbacks* Callbacks() {
  static const nghttp2_session_callbacks* const kCallbacks = [] {
    nghttp2_session_callbacks* made = nullptr;
    CHECK(nghttp2_session_callbacks_new(&made) == 0);
    nghttp2_session_callbacks_set_on_header_callback(made, &ClientCallbacks::Header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, &ClientCallbacks::DataReceived);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, &ClientCallbacks::FrameReceived);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, &ClientCallbacks::StreamClosed);
    return made;
  }();
  return kCallbacks;
}

}  // namespace

nghttp2_session* NewClientSession(ClientConnection& connection, const ClientLimits& limits) {
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_client_new2(&session, Callbacks(), &connection, SessionOptions()) == 0);
  // No header table: an answer is the same few fields each time, and thousands of tables cost.
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
       static_cast<std::uint32_t>(limits.header_list_bytes_max)},
  };
  CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0);
  return session;
}

boost::container::static_vector<nghttp2_nv, 8> RequestFields(const UnaryRequest& request) {
  boost::container::static_vector<nghttp2_nv, 8> fields = {
      Field(":method", "POST"),        Field(":scheme", "http"),
      Field(":path", request.path),    Field(":authority", request.authority),
      Field("te", "trailers"),         Field("content-type", "application/grpc"),
      Field("user-agent", "fairlead"),
  };
  if (!request.timeout.empty()) fields.push_back(Field("grpc-timeout", request.timeout));
  return fields;
}

std::int32_t SubmitRequest(nghttp2_session* session, const UnaryRequest& request) {
  const auto fields = RequestFields(request);
  const nghttp2_data_provider body = {.source = {.ptr = nullptr},
                                      .read_callback = &ClientCallbacks::ReadBody};
  return nghttp2_submit_request(session, nullptr, fields.data(), fields.size(), &body, nullptr);
}

}  // namespace fairlead::h2
