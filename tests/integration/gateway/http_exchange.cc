#include "integration/gateway/http_exchange.h"

namespace fairlead::gateway {

HttpExchange::HttpExchange(std::uint16_t port, const Request& request) : peer_(port) {
  std::string bytes = request.line + " HTTP/1.1\r\nHost: " + request.host +
                      "\r\nConnection: close\r\n" + request.fields;
  if (!request.body.empty())
    bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  bytes += "\r\n" + request.body;
  peer_.Send(bytes);
}

HttpAnswer HttpExchange::Answer() {
  const std::string all = peer_.UntilClosed();
  const std::size_t end = all.find("\r\n\r\n");
  if (!all.starts_with("HTTP/1.1 ") || end == std::string::npos) return {.body = all};
  HttpAnswer answer{.status = std::stoi(all.substr(9, 3)), .head = all.substr(0, end + 2)};
  answer.body = all.substr(end + 4);
  if (answer.head.find("chunked") != std::string::npos) answer.body = http::Unchunked(answer.body);
  return answer;
}

}  // namespace fairlead::gateway
