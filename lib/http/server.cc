#include "http/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "http/connection.h"
#include "http/open_connections.h"
#include "http/turns.h"
#include "runtime/file_descriptor.h"
#include "runtime/no_throw.h"
#include "runtime/peer_groups.h"
#include "runtime/peer_process.h"

namespace fairlead::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Local = asio::local::stream_protocol;
using runtime::kNoThrow;

constexpr int kBacklog = 1024;
// Without a free descriptor, accepting again at once would spin.
constexpr Duration kPause = std::chrono::milliseconds(100);
// Each some 10 us, a fifth of beginning one.
constexpr int kAcceptsPerTurn = 32;
// Some of those that wait have been begun by then.
constexpr Duration kFullPause = std::chrono::milliseconds(5);

std::unexpected<Error> CannotListen(const std::string& where, const std::string& cause) {
  return Fail(Code::kFailedPrecondition, "listen for HTTP on " + where + ": " + cause);
}

// Whether a socket's file is there and its server is not.
bool IsStale(const std::string& path) {
  struct stat about{};
  if (lstat(path.c_str(), &about) != 0 || !S_ISSOCK(about.st_mode)) return false;
  asio::io_context context;
  Local::socket probe(context);
  error_code error;
  probe.connect(Local::endpoint(path), error);
  return error == asio::error::connection_refused;
}

unsigned long InodeOf(const std::string& path) {
  struct stat about{};
  return lstat(path.c_str(), &about) == 0 ? about.st_ino : 0;
}

Peer PeerOf(Local::socket& socket) {
  Peer peer{.is_unix = true};
  const auto process = runtime::PeerOf(socket.native_handle());
  if (process) peer.uid = process->uid;
  peer.gids = runtime::PeerGroupsOf(socket.native_handle());
  return peer;
}

h2::Peer ArrivalOf(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const tcp::endpoint end = socket.remote_endpoint(ignored);
  return {.address = end.address().to_string(), .port = end.port()};
}

Peer PeerOf(const h2::Peer& arrived) {
  const bool is_six = arrived.address.find(':') != std::string::npos;
  return {.address = (is_six ? "[" + arrived.address + "]" : arrived.address) + ":" +
                     std::to_string(arrived.port)};
}

}  // namespace

// Shared with the coroutines that accept, which end after the server.
class Server::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& context, const Options& options, Handler& handler)
      : context_(context),
        open_(std::make_shared<OpenConnections>(options, handler)),
        patience_(context),
        turns_(context, options.limits.arrivals,
               [this](runtime::FileDescriptor socket, const h2::Peer& peer) {
                 Socket taken(context_);
                 error_code error;
                 const bool is_six = peer.address.find(':') != std::string::npos;
                 taken.assign(is_six ? tcp::v6() : tcp::v4(), socket.get(), error);
                 if (error) return;
                 socket.Release();
                 if (!Take(std::move(taken), PeerOf(peer))) turns_.Offended(peer);
               }) {}

  Result<> ListenUnix(const std::string& path) {
    if (path.size() >= sizeof(sockaddr_un{}.sun_path))
      return CannotListen(path, "a socket's path has at most 107 bytes");
    std::error_code made;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), made);
    if (IsStale(path)) unlink(path.c_str());
    Local::acceptor acceptor(context_);
    error_code error;
    acceptor.open(Local(), error);
    if (!error) acceptor.bind(Local::endpoint(path), error);
    if (error) return CannotListen(path, error.message());
    files_.push_back({path, InodeOf(path)});
    // Nobody can connect before listen(), so the file never has wider permissions.
    if (chmod(path.c_str(), 0660) != 0) return CannotListen(path, "its permissions cannot be set");
    acceptor.listen(kBacklog, error);
    if (error) return CannotListen(path, error.message());
    Begin(std::move(acceptor), unix_);
    return {};
  }

  Result<std::uint16_t> ListenTcp(const std::string& ip, std::uint16_t port) {
    const std::string where = ip + " port " + std::to_string(port);
    error_code error;
    const auto address = asio::ip::make_address(ip, error);
    if (error) return CannotListen(where, error.message());
    const tcp::endpoint endpoint(address, port);
    tcp::acceptor acceptor(context_);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kBacklog, error);
    if (!error) acceptor.non_blocking(true, error);
    if (error) return CannotListen(where, error.message());
    const std::uint16_t real = acceptor.local_endpoint(error).port();
    Begin(std::move(acceptor), tcp_);
    return real;
  }

  void Adopt(int descriptor, Peer peer) {
    Local::socket socket(context_);
    error_code error;
    socket.assign(Local(), descriptor, error);
    if (error) {
      close(descriptor);
      return;
    }
    Take(Socket(std::move(socket)), std::move(peer));
  }

  void Offended(const std::string& ip) { turns_.Offended({.address = ip}); }

  void Stop(Duration patience, std::function<void()> stopped) {
    CloseListeners();
    open_->BeginStop();
    if (open_->size() == 0) return stopped();
    open_->on_empty = std::move(stopped);
    patience_.expires_after(patience);
    patience_.async_wait([open = open_](const error_code& error) {
      if (!error) open->CloseAll();
    });
  }

  void End() {
    CloseListeners();
    patience_.cancel();
    open_->on_empty = {};
    open_->CloseAll();
  }

 private:
  struct File {
    std::string path;
    unsigned long inode = 0;
  };

  template <class Acceptor>
  void Begin(Acceptor acceptor, std::vector<std::shared_ptr<Acceptor>>& all) {
    all.push_back(std::make_shared<Acceptor>(std::move(acceptor)));
    asio::co_spawn(context_, Accept(shared_from_this(), all.back()), asio::detached);
  }

  template <class Acceptor>
  static asio::awaitable<void> Accept(std::shared_ptr<State> self,
                                      std::shared_ptr<Acceptor> acceptor) {
    while (acceptor->is_open()) {
      auto [error, socket] = co_await acceptor->async_accept(kNoThrow);
      if (!acceptor->is_open()) break;
      if (error) {
        asio::steady_timer pause(self->context_, kPause);
        co_await pause.async_wait(kNoThrow);
        continue;
      }
      co_await self->Arrive(std::move(socket), *acceptor);
    }
  }

  asio::awaitable<void> Arrive(Local::socket socket, Local::acceptor&) {
    Peer peer = PeerOf(socket);
    Take(Socket(std::move(socket)), std::move(peer));
    co_return;
  }

  // Takes along what waits in the kernel, so that everybody is in the row by whose turn it is.
  // Further ones stay there while as many wait here as may.
  asio::awaitable<void> Arrive(tcp::socket socket, tcp::acceptor& acceptor) {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      while (turns_.is_full() && acceptor.is_open()) {
        asio::steady_timer pause(context_, kFullPause);
        co_await pause.async_wait(kNoThrow);
      }
      h2::Peer peer = ArrivalOf(socket);
      error_code error;
      runtime::FileDescriptor descriptor(socket.release(error));
      if (!error && !turns_.Add(std::move(descriptor), std::move(peer)))
        open_->TellLimit("waiting");
      acceptor.accept(socket, error);  // does not block
      if (error) co_return;
    }
  }

  // False: it was turned away.
  bool Take(Socket socket, Peer peer) {
    const bool has_room = open_->HasRoom(peer);
    auto connection = std::make_shared<Connection>(std::move(socket), std::move(peer), open_);
    if (!has_room) {
      asio::co_spawn(context_, connection->TurnAway(), asio::detached);
      return false;
    }
    open_->Enter(connection);
    asio::co_spawn(context_, connection->Run(), asio::detached);
    return true;
  }

  void CloseListeners() {
    turns_.Stop();
    error_code ignored;
    for (const auto& acceptor : unix_) acceptor->close(ignored);
    for (const auto& acceptor : tcp_) acceptor->close(ignored);
    for (const File& file : files_) {
      if (file.inode != 0 && InodeOf(file.path) == file.inode) unlink(file.path.c_str());
    }
    files_.clear();
  }

  asio::io_context& context_;
  const std::shared_ptr<OpenConnections> open_;
  asio::steady_timer patience_;
  Turns turns_;
  std::vector<std::shared_ptr<Local::acceptor>> unix_;
  std::vector<std::shared_ptr<tcp::acceptor>> tcp_;
  std::vector<File> files_;
};

Server::Server(asio::io_context& context, Options options, Handler& handler)
    : state_(std::make_shared<State>(context, options, handler)) {}

Server::~Server() {
  state_->End();
}

Result<> Server::ListenUnix(const std::string& path) {
  return state_->ListenUnix(path);
}

Result<std::uint16_t> Server::ListenTcp(const std::string& ip, std::uint16_t port) {
  return state_->ListenTcp(ip, port);
}

void Server::Adopt(int descriptor, Peer peer) {
  state_->Adopt(descriptor, std::move(peer));
}

void Server::Offended(const std::string& ip) {
  state_->Offended(ip);
}

void Server::Stop(Duration patience, std::function<void()> stopped) {
  state_->Stop(patience, std::move(stopped));
}

}  // namespace fairlead::http
