// AdoptionJoin: a list is adopted when discovery's clients have it and each file that names the
// service is in force.
//
// Why: whoever reads a file cannot acknowledge a list. Without this a drain would end while NGINX
// still sends calls to the replica.
// Threads: any; the sink behind it is called by whoever said the last word, under no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "runtime/mutex.h"
#include "xds/publisher.h"

namespace fairlead::filesink {

class AdoptionJoin final : public xds::AdoptionSink {
 public:
  // `files`: the services that each file names; none = all. `sink` outlives the join.
  AdoptionJoin(xds::AdoptionSink& sink, std::vector<std::vector<ServiceName>> files);

  // Discovery's word.
  void OnAdopted(const ServiceName& service, std::uint64_t revision) override;
  // File `index` holds, and its reader obeys, `revision` of each of these services.
  void OnWritten(std::size_t index, const std::map<ServiceName, std::uint64_t>& revisions);
  // The service is gone: nothing is remembered of it.
  void Forget(const ServiceName& service);

 private:
  struct Words {
    std::optional<std::uint64_t> discovery;
    std::map<std::size_t, std::uint64_t> files;
  };
  // What all have adopted; nothing while one has not said a word.
  std::optional<std::uint64_t> Joint(const ServiceName& service, const Words& words) const;

  xds::AdoptionSink& sink_;
  const std::vector<std::vector<ServiceName>> files_;
  runtime::Mutex mutex_;
  std::map<ServiceName, Words> words_ FAIRLEAD_GUARDED_BY(mutex_);
};

}  // namespace fairlead::filesink
