#include "nameserver/tcp_connection.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace fairlead::nameserver {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kTupled = asio::as_tuple(asio::use_awaitable);

}  // namespace

TcpConnection::TcpConnection(asio::ip::tcp::socket socket, std::string from_ip,
                             std::string local_ip, std::shared_ptr<Desk> desk)
    : socket_(std::move(socket)),
      from_ip_(std::move(from_ip)),
      local_ip_(std::move(local_ip)),
      desk_(std::move(desk)),
      deadline_(socket_.get_executor()),
      answered_(socket_.get_executor(), asio::steady_timer::time_point::max()) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void TcpConnection::Close() {
  error_code ignored;
  socket_.close(ignored);
  deadline_.cancel();
  answered_.cancel();
}

void TcpConnection::SetDeadline() {
  deadline_.expires_after(desk_->limits().tcp_idle);
  deadline_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->desk_->TellLimit(limit::kIdle);
    self->Close();
  });
}

asio::awaitable<void> TcpConnection::Run() {
  const auto self = shared_from_this();
  bool is_going_on = true;
  while (is_going_on && socket_.is_open()) {
    SetDeadline();
    is_going_on = co_await AnswerOne();
  }
  Close();
}

asio::awaitable<bool> TcpConnection::AnswerOne() {
  std::array<std::byte, 2> size{};
  const auto [no_size, size_read] = co_await asio::async_read(socket_, asio::buffer(size), kTupled);
  if (no_size) co_return false;
  const auto bytes = static_cast<std::size_t>(size[0]) << 8 | static_cast<std::size_t>(size[1]);
  if (bytes > kQueryBytesMax) co_return false;
  std::vector<std::byte> query(bytes);
  const auto [no_query, query_read] =
      co_await asio::async_read(socket_, asio::buffer(query), kTupled);
  if (no_query) co_return false;
  std::optional<std::vector<std::byte>> answer = co_await Ask(std::move(query));
  if (!answer || answer->empty()) co_return false;
  std::vector<std::byte> framed;
  dns::Put16(framed, static_cast<std::uint32_t>(answer->size()));
  framed.insert(framed.end(), answer->begin(), answer->end());
  const auto [unsent, sent] = co_await asio::async_write(socket_, asio::buffer(framed), kTupled);
  co_return !unsent;
}

// Nothing when the connection was closed meanwhile.
asio::awaitable<std::optional<std::vector<std::byte>>> TcpConnection::Ask(
    std::vector<std::byte> query) {
  answer_.reset();
  Desk::Letter letter{
      .query = std::move(query), .from_ip = from_ip_, .local_ip = local_ip_, .is_tcp = true};
  desk_->Take(std::move(letter), [weak = weak_from_this()](std::vector<std::byte> bytes) {
    const auto self = weak.lock();
    if (!self) return;
    self->answer_ = std::move(bytes);
    self->answered_.cancel();
  });
  // What a limit leaves without an answer ends at the deadline.
  while (!answer_ && socket_.is_open()) {
    const auto [cancelled] = co_await answered_.async_wait(kTupled);
    static_cast<void>(cancelled);
  }
  co_return std::exchange(answer_, std::nullopt);
}

}  // namespace fairlead::nameserver
