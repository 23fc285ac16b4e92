// One HTTP exchange on a connection of its own.
#pragma once

#include <cstdint>
#include <string>

#include "integration/http/raw_peer.h"

namespace fairlead::gateway {

struct HttpAnswer {
  int status = 0;
  std::string head;
  std::string body;  // without the framing of chunks
};

class HttpExchange {
 public:
  // Sends "LINE HTTP/1.1", a Host, `fields` (each with its CR LF) and the body, and asks for the
  // connection to be closed after the answer.
  struct Request {
    std::string line;  // "GET /v1/hello/x"
    std::string fields = "";
    std::string body = "";
    std::string host = "localhost";
  };
  HttpExchange(std::uint16_t port, const Request& request);

  // What came until `text` is in it, or until the end; at most 20 s.
  std::string Until(const std::string& text) { return peer_.Until(text); }
  HttpAnswer Answer();

 private:
  http::RawPeer peer_;
};

inline HttpAnswer Exchange(std::uint16_t port, const HttpExchange::Request& request) {
  return HttpExchange(port, request).Answer();
}

}  // namespace fairlead::gateway
