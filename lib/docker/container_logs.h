// ReadLogs: the last lines that a container wrote, for people who look for a fault.
//
// Why beside Engine: nothing that decides reads logs, so no fake has to have them. Agrees on the
// API's version by itself, as it is asked once in a while.
// Threads: the awaiting coroutine's, which must be the context's loop. Errors: as Engine's; an
// engine whose logging driver keeps nothing says so with kUnimplemented or kInternal.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "docker/limits.h"
#include "spec/container_facts.h"
#include "tls/profile.h"

namespace fairlead::docker {

struct LogQuestion {
  std::string endpoint;  // as of MakeHttpEngine()
  std::optional<tls::Profile> tls = {};
  int actuator = -1;  // likewise
  ContainerId id;
  std::uint16_t lines_max = 50;  // to kLogLinesMax
};

boost::asio::awaitable<Result<std::vector<std::string>>> ReadLogs(boost::asio::io_context& context,
                                                                  LogQuestion question,
                                                                  EngineLimits limits = {});

}  // namespace fairlead::docker
