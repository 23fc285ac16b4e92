#include "webhook/webhooks.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "base/rng.h"
#include "runtime/mutex.h"
#include "runtime/no_throw.h"
#include "runtime/secret_file.h"
#include "webhook/exchange.h"
#include "webhook/outbox.h"
#include "webhook/payload.h"
#include "webhook/signature.h"

namespace fairlead::webhook {
namespace {

namespace asio = boost::asio;
using runtime::kNoThrow;

constexpr std::size_t kSecretBytesMax = 4096;

// What one try came to.
struct Try {
  bool is_delivered = false;
  bool is_worth_another = false;
  std::string trouble;  // empty when delivered
};

Try Judge(const Result<unsigned>& status) {
  if (!status) return {.is_worth_another = true, .trouble = status.error().message};
  if (*status >= 200 && *status < 300) return {.is_delivered = true, .trouble = ""};
  const bool is_passing = *status >= 500 || *status == 408 || *status == 425 || *status == 429;
  std::string trouble = fmt::format("it answered {}", *status);
  if (*status >= 300 && *status < 400)
    trouble += "; redirects are not followed: write the address that it points to";
  return {.is_worth_another = is_passing, .trouble = std::move(trouble)};
}

// The file is read for each try, so that a rotated secret is used by the next one.
Result<std::string> SecretFrom(const std::string& path) {
  Result<std::string> secret = runtime::ReadSecretFile(path, kSecretBytesMax);
  if (!secret)
    return Fail(secret.error().code, "read secret_file " + path + ": " + secret.error().message);
  while (secret->ends_with('\n') || secret->ends_with('\r')) secret->pop_back();
  if (secret->empty())
    return Fail(Code::kUnavailable, "read secret_file " + path + ": it is empty");
  return secret;
}

}  // namespace

// One webhook. Its coroutine keeps it alive; the Webhooks that made it may be gone.
struct Webhooks::Hook {
  Hook(asio::io_context& context, WebhookOptions chosen, std::size_t number, std::uint64_t seed)
      : options(std::move(chosen)), index(number), rng(seed + number), pause(context) {}

  const WebhookOptions options;
  const std::size_t index;
  std::string host;
  WebhookLimits limits;
  runtime::Mutex mutex;
  std::optional<Outbox> outbox FAIRLEAD_GUARDED_BY(mutex);
  bool is_running FAIRLEAD_GUARDED_BY(mutex) = false;  // its coroutine is
  // The loop alone from here.
  Told told;  // emptied when the Webhooks go
  bool is_stopped = false;
  Rng rng;
  asio::steady_timer pause;
  controller::WebhookStatus status;

  std::optional<controller::RecordedEvent> Next();
  void Done();
  void Tell();
  void SetTrouble(const std::string& trouble);
  static asio::awaitable<Try> TryOnce(std::shared_ptr<Hook> self, controller::RecordedEvent event);
  static asio::awaitable<void> Deliver(std::shared_ptr<Hook> self, controller::RecordedEvent event);
  static asio::awaitable<void> Run(std::shared_ptr<Hook> self);
};

std::optional<controller::RecordedEvent> Webhooks::Hook::Next() {
  runtime::MutexLock lock(mutex);
  std::optional<controller::RecordedEvent> event;
  if (!is_stopped) event = outbox->Begin();
  is_running = event.has_value();
  return event;
}

void Webhooks::Hook::Done() {
  runtime::MutexLock lock(mutex);
  outbox->Done();
}

void Webhooks::Hook::Tell() {
  std::uint64_t dropped_before = status.dropped;
  {
    runtime::MutexLock lock(mutex);
    status.waiting = outbox->waiting();
    status.dropped = outbox->dropped();
  }
  // Said when it begins and with each further hundred.
  const bool is_news =
      status.dropped / 100 != dropped_before / 100 || (dropped_before == 0 && status.dropped > 0);
  if (is_news && told.trouble)
    told.trouble(status.url, fmt::format("{} events thrown away unsent, because {} wait",
                                         status.dropped, status.waiting));
  if (told.status) told.status(index, status);
}

void Webhooks::Hook::SetTrouble(const std::string& trouble) {
  const bool is_change = status.trouble.empty() != trouble.empty();
  status.trouble = trouble;
  if (is_change && told.trouble)
    told.trouble(status.url, trouble.empty() ? "delivers again" : trouble);
}

asio::awaitable<Try> Webhooks::Hook::TryOnce(std::shared_ptr<Hook> self,
                                             controller::RecordedEvent event) {
  PostRequest request{.url = self->options.url,
                      .body = PayloadOf(event, self->host),
                      .signature = "",
                      .event = std::string(fleet::NoteKindName(event.note.kind)),
                      .timeout = self->limits.timeout};
  if (!self->options.secret_file.empty()) {
    const Result<std::string> secret = SecretFrom(self->options.secret_file);
    if (!secret) co_return Try{.is_worth_another = true, .trouble = secret.error().message};
    request.signature = SignatureOf(request.body, *secret);
  }
  const Result<unsigned> answered = co_await Post(std::move(request));
  co_return Judge(answered);
}

asio::awaitable<void> Webhooks::Hook::Deliver(std::shared_ptr<Hook> self,
                                              controller::RecordedEvent event) {
  for (int tries = 1; !self->is_stopped; ++tries) {
    const Try tried = co_await TryOnce(self, event);
    self->SetTrouble(tried.trouble);
    if (tried.is_delivered) {
      ++self->status.delivered;
      co_return;
    }
    if (!tried.is_worth_another || tries >= self->limits.tries_max) {
      ++self->status.failed;
      co_return;
    }
    self->Tell();
    // Half of the wait is chance, so that many hosts do not come back together.
    const Duration wait = self->limits.pause.Wait(tries - 1);
    self->pause.expires_after(wait / 2 + self->limits.pause.Jittered(tries - 1, self->rng) / 2);
    co_await self->pause.async_wait(kNoThrow);
  }
}

asio::awaitable<void> Webhooks::Hook::Run(std::shared_ptr<Hook> self) {
  for (auto event = self->Next(); event; event = self->Next()) {
    self->Tell();
    co_await Deliver(self, *event);
    self->Done();
    self->Tell();
  }
}

Webhooks::Webhooks(asio::io_context& loop, std::vector<WebhookOptions> webhooks, std::string host,
                   std::uint64_t seed, WebhookLimits limits, Told told)
    : loop_(loop) {
  for (WebhookOptions& options : webhooks) {
    auto hook = std::make_shared<Hook>(loop, std::move(options), hooks_.size(), seed);
    hook->host = host;
    hook->limits = limits;
    hook->told = told;
    hook->status.url = hook->options.url.Shown();
    {
      runtime::MutexLock lock(hook->mutex);
      hook->outbox.emplace(hook->options.kinds, limits.events_max);
    }
    hooks_.push_back(std::move(hook));
  }
}

Webhooks::~Webhooks() {
  for (const auto& hook : hooks_) {
    hook->is_stopped = true;
    hook->told = {};
    hook->pause.cancel();
  }
}

void Webhooks::Offer(const controller::RecordedEvent& event) {
  for (const auto& hook : hooks_) {
    bool is_to_start = false;
    {
      runtime::MutexLock lock(hook->mutex);
      if (!hook->outbox->Offer(event)) continue;
      is_to_start = !std::exchange(hook->is_running, true);
    }
    if (is_to_start) asio::co_spawn(loop_, Hook::Run(hook), asio::detached);
  }
}

}  // namespace fairlead::webhook
