#include "health/prober.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "health/loop_prober.h"

namespace fairlead::health {

namespace {

// Carries calls from any thread to the loop, in their order.
class PostingProber final : public Prober {
 public:
  PostingProber(boost::asio::io_context& context, const ProberLimits& limits, ProbeSink& sink,
                SocketInside socket_inside)
      : context_(context),
        loop_prober_(
            std::make_shared<LoopProber>(context, limits, sink, std::move(socket_inside))) {}

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
    boost::asio::post(context_,
                      [weak = std::weak_ptr<LoopProber>(loop_prober_), work = std::move(work)] {
                        if (const std::shared_ptr<LoopProber> prober = weak.lock()) work(*prober);
                      });
  }

  boost::asio::io_context& context_;
  const std::shared_ptr<LoopProber> loop_prober_;
};

}  // namespace

std::unique_ptr<Prober> MakeProber(boost::asio::io_context& context, const ProberLimits& limits,
                                   ProbeSink& sink, SocketInside socket_inside) {
  return std::make_unique<PostingProber>(context, limits, sink, std::move(socket_inside));
}

}  // namespace fairlead::health
