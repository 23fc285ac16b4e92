// A client that sends exactly the bytes it is told to, and notes what comes back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fairlead::h2::testing {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();

  // False when the server has closed the connection.
  bool Send(std::string_view bytes);
  // Preface and empty SETTINGS.
  bool SendPreface();
  // A POST of gRPC to `path` on `stream`, left open.
  bool SendRequest(unsigned stream, std::string_view path,
                   std::string_view content_type = "application/grpc");
  // Reads until a frame of this type has come (at most ten seconds); its payload is last_payload().
  bool WaitForFrame(unsigned type);
  const std::string& last_payload() const { return payload_; }
  // Waits until the server says nothing more, and reads nothing (at most ten seconds).
  bool WaitForLastWord() const;
  // Reads until the server closes (at most ten seconds).
  bool WaitForClose();

 private:
  bool ReadMore();

  int descriptor_ = -1;
  std::string unread_;
  std::string payload_;
};

}  // namespace fairlead::h2::testing
