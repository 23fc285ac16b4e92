#include "h2/server_session.h"

#include <string_view>

#include "base/check.h"
#include "h2/server_connection.h"
#include "h2/session_options.h"

namespace fairlead::h2 {

namespace {

std::string_view Text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

ServerCall* CallOf(nghttp2_session* session, std::int32_t id) {
  return static_cast<ServerCall*>(nghttp2_session_get_stream_user_data(session, id));
}

bool Ends(const nghttp2_frame& frame) {
  return (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

}  // namespace

// Static members of a friend, so that the callbacks reach what is private to the connection.
struct ServerCallbacks {
  static ServerConnection& Of(void* user) { return *static_cast<ServerConnection*>(user); }

  static int BeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) Of(user).incoming_.emplace();
    return 0;
  }

  static int Header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
    return Of(user).OnHeaderField(Text(name, name_size), Text(value, value_size));
  }

  static int FrameReceived(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    ServerConnection& connection = Of(user);
    if (frame->hd.type == NGHTTP2_SETTINGS) connection.is_handshaken_ = true;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      connection.OnRequest(frame->hd.stream_id, Ends(*frame));
    } else if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) {
      ServerCall* call = CallOf(session, frame->hd.stream_id);
      if (call != nullptr && Ends(*frame)) call->HalfClose();
    }
    return 0;
  }

  static int DataReceived(nghttp2_session* session, std::uint8_t, std::int32_t id,
                          const std::uint8_t* data, std::size_t size, void* user) {
    ServerCall* call = CallOf(session, id);
    if (call != nullptr) Of(user).OnData(*call, std::as_bytes(std::span(data, size)));
    return 0;
  }

  static int StreamClosed(nghttp2_session* session, std::int32_t id, std::uint32_t, void* user) {
    ServerCall* call = CallOf(session, id);
    if (call != nullptr) Of(user).OnStreamClosed(*call);
    return 0;
  }

  // A server that has said all ends the stream in both directions, as gRPC servers do.
  static int FrameSent(nghttp2_session* session, const nghttp2_frame* frame, void*) {
    if (frame->hd.type != NGHTTP2_HEADERS || !Ends(*frame)) return 0;
    if (nghttp2_session_get_stream_remote_close(session, frame->hd.stream_id) == 0) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    }
    return 0;
  }

  static ssize_t ReadMessages(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most,
                              std::uint32_t* flags, nghttp2_data_source* source, void* user) {
    return Of(user).OnDataWanted(*static_cast<ServerCall*>(source->ptr), most, flags);
  }

  static int SendData(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_head,
                      std::size_t length, nghttp2_data_source* source, void* user) {
    return Of(user).OnSendData(*static_cast<ServerCall*>(source->ptr),
                               std::as_bytes(std::span(frame_head, 9)), length);
  }
};

namespace {

// Built once per process: nghttp2 copies both when it makes a session.
const nghttp2_session_callbacks* Callbacks() {
  static const nghttp2_session_callbacks* const kCallbacks = [] {
    nghttp2_session_callbacks* made = nullptr;
    CHECK(nghttp2_session_callbacks_new(&made) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, &ServerCallbacks::BeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(made, &ServerCallbacks::Header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, &ServerCallbacks::FrameReceived);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, &ServerCallbacks::DataReceived);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, &ServerCallbacks::StreamClosed);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, &ServerCallbacks::FrameSent);
    nghttp2_session_callbacks_set_send_data_callback(made, &ServerCallbacks::SendData);
    return made;
  }();
  return kCallbacks;
}

}  // namespace

nghttp2_session* NewServerSession(ServerConnection& connection, const ServerLimits& limits) {
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_server_new2(&session, Callbacks(), &connection, SessionOptions()) == 0);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams_per_connection_max},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
       static_cast<std::uint32_t>(limits.header_list_bytes_max)},
  };
  CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0);
  return session;
}

nghttp2_nv HeaderField(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

nghttp2_data_provider MessagesOf(ServerCall& call) {
  return {.source = {.ptr = &call}, .read_callback = &ServerCallbacks::ReadMessages};
}

}  // namespace fairlead::h2
