// FileSinks: the files of lists that the configuration names, beside discovery.
//
// How: views go to the files and to discovery alike, and a list is adopted when both have it.
// Threads: as xds::Publisher for what it passes on; the rest from main.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "docker/engine.h"
#include "filesink/adoption_join.h"
#include "filesink/file_sink.h"
#include "filesink/sink_client.h"
#include "runtime/io_thread.h"
#include "xds/publisher.h"

namespace fairlead::daemon {

// The services that a file of the configuration names; none = all.
std::vector<ServiceName> ServicesOf(const config::FileSink& sink);

class FileSinks final : public xds::Publisher {
 public:
  // As filesink::FileSink::Told, of which file of the configuration's.
  struct Told {
    std::function<void(std::size_t index, const controller::FileSinkStatus&)> status;
    std::function<void(const std::string& output, const std::string& changed)> written;
    std::function<void(const std::string& output, const std::string& trouble)> trouble;
  };

  // `pair`: of the process that writes the files (sink_process.h); -1 where there are none. All but
  // `sinks` outlive it, or its Stop.
  FileSinks(const std::vector<config::FileSink>& sinks, int pair, runtime::IoThread& engine_loop,
            docker::Engine& engine, xds::AdoptionSink& adoption, Told told);

  // What discovery tells of adoption.
  xds::AdoptionSink& adoption() { return join_; }
  // Before anything is published.
  void PassOnTo(xds::Publisher& discovery) { discovery_ = &discovery; }

  void Publish(std::vector<fleet::ServiceViewPtr> changed,
               std::vector<ServiceName> dropped) override;
  void OpenGate() override;

  // Files stay as they are. Before the engine's loop ends.
  void Stop() { sinks_.clear(); }

 private:
  filesink::SinkClient work_;
  filesink::AdoptionJoin join_;
  xds::Publisher* discovery_ = nullptr;
  std::vector<std::unique_ptr<filesink::FileSink>> sinks_;
};

}  // namespace fairlead::daemon
