// Desk: one question, from whom it comes and what is said to it, whichever way it came.
//
// Threads: one loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "nameserver/answer.h"
#include "nameserver/answer_hold.h"
#include "nameserver/askers.h"
#include "nameserver/name_server.h"
#include "nameserver/zone.h"

namespace fairlead::nameserver {

class Desk : public std::enable_shared_from_this<Desk> {
 public:
  struct Letter {
    std::vector<std::byte> query;
    std::string from_ip;
    std::string local_ip;  // where it came in
    bool is_tcp = false;
  };
  // The answer's bytes; empty: nothing is said.
  using Then = std::function<void(std::vector<std::byte>)>;

  Desk(boost::asio::any_io_executor loop, xds::ClientLocator& locator, NameServer::Options options);

  // Calls `then` soon, or never when a limit is hit.
  void Take(Letter letter, Then then);
  void Put(const std::vector<fleet::ServiceViewPtr>& changed,
           const std::vector<ServiceName>& dropped);
  void OpenGate() { is_serving_ = true; }
  // What time brings. Returns after how long to call again at the latest.
  Duration Tidy();
  void Stop();

  const NameServerLimits& limits() const { return options_.limits; }
  void TellLimit(std::string_view limit) const { options_.told.limit_hit(limit); }

 private:
  std::vector<std::byte> Write(const Letter& letter, const Askers::Place& place);
  void TellAdopted(TimePoint now);

  const NameServer::Options options_;
  Zone zone_;
  AnswerHold hold_;
  Rng rng_;
  const std::shared_ptr<Askers> askers_;
  bool is_serving_ = false;
};

}  // namespace fairlead::nameserver
