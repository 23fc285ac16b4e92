// Askers: from where each address asks, as far as that is known, and how much more it may ask.
//
// Why: a question over UDP comes with an address and nothing else; where that address is can only
// be said by the engine (xds/client_locator.h), which takes longer than an answer may. So what was
// said is kept, followed while questions come, and dropped when they cease. Who is neither the host
// nor in one of its containers is a stranger, and is told nothing; so is who cannot be told apart
// from one. Discovery counts such a client as on the host, but there its listener is on loopback,
// where strangers are not. Threads: one loop; `locator` may tell from any, and what it tells is
// posted there.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "nameserver/limits.h"
#include "nameserver/token_bucket.h"
#include "nameserver/zone.h"
#include "xds/client_locator.h"

namespace fairlead::nameserver {

class Askers : public std::enable_shared_from_this<Askers> {
 public:
  enum class Standing { kKnown, kStranger, kUnanswered };
  struct Place {
    Standing standing = Standing::kUnanswered;  // kUnanswered: nobody said it in time
    Asker asker;
  };
  using Then = std::function<void(const Place&)>;
  using LimitHit = std::function<void(std::string_view limit)>;

  Askers(boost::asio::any_io_executor loop, NameServerLimits limits, xds::ClientLocator& locator,
         LimitHit limit_hit);

  // Calls `then` with the place of `ip`, at once where it is known. Where a limit is hit it is
  // dropped: whoever asked will ask again.
  void Ask(const std::string& ip, TimePoint now, Then then);
  // Ends waits that are over, and forgets who has not asked for long. Often.
  void Tidy(TimePoint now);
  // Nobody is followed any more, and who waits is dropped.
  void Stop();

 private:
  struct Known {
    explicit Known(double queries_per_second) : queries(queries_per_second) {}
    xds::ClientWatch watch;
    bool is_watched = false;
    std::optional<xds::ClientPlace> place;
    TokenBucket queries;
    TimePoint asked_at{};  // last
    TimePoint place_at{};  // when the place was told, or first asked for
    std::vector<Then> waiting;
  };

  Known* Enter(const std::string& ip, TimePoint now);
  void Watch(const std::string& ip, Known& known, TimePoint now);
  void Unwatch(Known& known);
  void OnPlace(const std::string& ip, xds::ClientWatch watch, xds::ClientPlace place);
  void Release(Known& known, const Place& place);
  void Forget(std::map<std::string, Known>::iterator known);
  static Place PlaceOf(const xds::ClientPlace& place);

  const boost::asio::any_io_executor loop_;
  const NameServerLimits limits_;
  xds::ClientLocator& locator_;
  const LimitHit limit_hit_;
  TokenBucket newcomers_;
  std::map<std::string, Known> known_;
  std::size_t waiting_ = 0;
  std::uint64_t last_watch_;
  bool is_stopped_ = false;
};

}  // namespace fairlead::nameserver
