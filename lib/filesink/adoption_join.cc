#include "filesink/adoption_join.h"

#include <algorithm>
#include <utility>

namespace fairlead::filesink {

AdoptionJoin::AdoptionJoin(xds::AdoptionSink& sink, std::vector<std::vector<ServiceName>> files)
    : sink_(sink), files_(std::move(files)) {}

std::optional<std::uint64_t> AdoptionJoin::Joint(const ServiceName& service,
                                                 const Words& words) const {
  std::optional<std::uint64_t> least = words.discovery;
  for (std::size_t i = 0; i < files_.size() && least; ++i) {
    const bool is_named =
        files_[i].empty() || std::ranges::find(files_[i], service) != files_[i].end();
    if (!is_named) continue;
    const auto found = words.files.find(i);
    least =
        found == words.files.end() ? std::nullopt : std::optional(std::min(*least, found->second));
  }
  return least;
}

void AdoptionJoin::OnAdopted(const ServiceName& service, std::uint64_t revision) {
  std::optional<std::uint64_t> joint;
  {
    runtime::MutexLock lock(mutex_);
    Words& words = words_[service];
    words.discovery = revision;
    joint = Joint(service, words);
  }
  if (joint) sink_.OnAdopted(service, *joint);
}

void AdoptionJoin::OnWritten(std::size_t index,
                             const std::map<ServiceName, std::uint64_t>& revisions) {
  std::vector<std::pair<ServiceName, std::uint64_t>> news;
  {
    runtime::MutexLock lock(mutex_);
    for (const auto& [service, revision] : revisions) {
      Words& words = words_[service];
      const std::optional<std::uint64_t> before = Joint(service, words);
      words.files[index] = revision;
      const std::optional<std::uint64_t> joint = Joint(service, words);
      if (joint && joint != before) news.emplace_back(service, *joint);
    }
  }
  for (const auto& [service, revision] : news) sink_.OnAdopted(service, revision);
}

void AdoptionJoin::Forget(const ServiceName& service) {
  runtime::MutexLock lock(mutex_);
  words_.erase(service);
}

}  // namespace fairlead::filesink
