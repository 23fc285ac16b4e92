#include "integration/gateway/http_exchange.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fairlead::gateway {
namespace {

std::string Unchunked(const std::string& body) {
  std::string out;
  std::size_t at = 0;
  while (at < body.size()) {
    const std::size_t line = body.find("\r\n", at);
    if (line == std::string::npos) break;
    const std::size_t size = std::stoul(body.substr(at, line - at), nullptr, 16);
    out += body.substr(line + 2, size);
    at = line + 2 + size + 2;
  }
  return out;
}

}  // namespace

HttpExchange::HttpExchange(std::uint16_t port, const Request& request)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  std::string bytes = request.line + " HTTP/1.1\r\nHost: " + request.host +
                      "\r\nConnection: close\r\n" + request.fields;
  if (!request.body.empty())
    bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  bytes += "\r\n" + request.body;
  send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

HttpExchange::~HttpExchange() {
  close(descriptor_);
}

std::string HttpExchange::Until(const std::string& text) {
  while (text.empty() || received_.find(text) == std::string::npos) {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 20'000) != 1) return received_ + "<nothing more>";
    char bytes[4096];
    const auto got = recv(descriptor_, bytes, sizeof bytes, 0);
    if (got <= 0) return received_;
    received_.append(bytes, static_cast<std::size_t>(got));
  }
  return received_;
}

HttpAnswer HttpExchange::Answer() {
  const std::string all = Until("");
  const std::size_t end = all.find("\r\n\r\n");
  if (!all.starts_with("HTTP/1.1 ") || end == std::string::npos) return {.body = all};
  HttpAnswer answer{.status = std::stoi(all.substr(9, 3)), .head = all.substr(0, end + 2)};
  answer.body = all.substr(end + 4);
  if (answer.head.find("chunked") != std::string::npos) answer.body = Unchunked(answer.body);
  return answer;
}

}  // namespace fairlead::gateway
