// TcpConnection: one asker's questions over TCP, each behind its length, answered in their order.
//
// How: one question at a time is read, so who sends many without reading the answers waits with the
// kernel's buffers full, and is closed at its deadline.
// Threads: one loop; the coroutine of Run() owns it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nameserver/desk.h"

namespace fairlead::nameserver {

class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  TcpConnection(boost::asio::ip::tcp::socket socket, std::string from_ip, std::string local_ip,
                std::shared_ptr<Desk> desk);

  // Until the end.
  boost::asio::awaitable<void> Run();
  void Close();
  const std::string& from_ip() const { return from_ip_; }

 private:
  boost::asio::awaitable<bool> AnswerOne();
  boost::asio::awaitable<std::optional<std::vector<std::byte>>> Ask(std::vector<std::byte> query);
  void SetDeadline();

  boost::asio::ip::tcp::socket socket_;
  const std::string from_ip_;
  const std::string local_ip_;
  const std::shared_ptr<Desk> desk_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer answered_;  // never due; cancelled when the answer is there
  std::optional<std::vector<std::byte>> answer_;
};

}  // namespace fairlead::nameserver
