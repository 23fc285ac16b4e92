#include "health/prober.h"

#include <utility>

#include "health/loop_prober.h"

namespace fairlead::health {

namespace {

// Carries calls from any thread to the loop, in their order.
class PostingProber final : public Prober {
 public:
  PostingProber(runtime::EventLoop& loop, const ProberLimits& limits, ProbeSink& sink,
                SocketInside socket_inside, const TlsSettings& tls)
      : loop_(loop),
        loop_prober_(
            std::make_shared<LoopProber>(loop, limits, sink, std::move(socket_inside), tls)) {}

  void Begin(const spec::CheckTarget& target) override {
    Post([target](LoopProber& prober) { prober.Begin(target); });
  }
  void End(const Generation& generation) override {
    Post([generation](LoopProber& prober) { prober.End(generation); });
  }
  void CheckSoon(const Generation& generation, Duration after) override {
    Post([generation, after](LoopProber& prober) { prober.CheckSoon(generation, after); });
  }

 private:
  template <class Work>
  void Post(Work work) {
    loop_.Post([weak = std::weak_ptr<LoopProber>(loop_prober_), work = std::move(work)] {
      if (const std::shared_ptr<LoopProber> prober = weak.lock()) work(*prober);
    });
  }

  runtime::EventLoop& loop_;
  const std::shared_ptr<LoopProber> loop_prober_;
};

}  // namespace

std::unique_ptr<Prober> MakeProber(runtime::EventLoop& loop, const ProberLimits& limits,
                                   ProbeSink& sink, SocketInside socket_inside,
                                   const TlsSettings& tls) {
  return std::make_unique<PostingProber>(loop, limits, sink, std::move(socket_inside), tls);
}

}  // namespace fairlead::health
