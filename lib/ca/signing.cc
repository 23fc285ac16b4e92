#include "ca/signing.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <utility>

#include "ca/rollover.h"
#include "runtime/secret_file.h"

namespace fairlead::ca {
namespace {

std::vector<Span> SpansOf(const std::vector<Authority>& roots) {
  std::vector<Span> spans;
  for (const Authority& root : roots) spans.push_back(root.span);
  return spans;
}

// Those that have not ended; a root is there before it signs.
std::string BundleOf(const std::vector<Authority>& roots, Wall now) {
  std::string bundle;
  for (const Authority& root : roots) {
    if (now < root.span.end) bundle += TextOf(root.certificate.get());
  }
  return bundle;
}

}  // namespace

Signing::Signing(std::string state_dir, std::optional<tls::Profile> issuer,
                 std::function<void(const std::string&)> tell)
    : file_(std::move(state_dir)), issuer_(std::move(issuer)), tell_(std::move(tell)) {}

Result<Signing::Now> Signing::At(Wall now) {
  return issuer_ ? OfIssuer(now) : OfRoots(now);
}

Result<Signing::Now> Signing::OfIssuer(Wall now) {
  const tls::ProfileStamp stamp = tls::LookAt(*issuer_);
  // What was no good may be so by the clock alone.
  if (stamp != seen_ || !trouble_.empty() || !intermediate_) {
    seen_ = stamp;
    const Result<> taken = TakeIssuer(now);
    trouble_ = taken ? "" : taken.error().message;
    if (!taken && !intermediate_) return std::unexpected(taken.error());
  }
  if (!intermediate_->span.Holds(now)) {
    seen_.reset();
    if (trouble_.empty())
      trouble_ = fmt::format(
          "sign certificates of services: TLS profile {} has expired, or the "
          "clock is wrong; have its root sign a new one",
          issuer_->name);
    return Fail(Code::kFailedPrecondition, trouble_);
  }
  return Now{.signer = &*intermediate_, .bundle = intermediate_bundle_};
}

Result<> Signing::TakeIssuer(Wall now) {
  Result<tls::ProfileTexts> texts = tls::ReadTexts(*issuer_);
  if (!texts) return std::unexpected(texts.error());
  if (const auto why = runtime::WhyNoSecret(texts->key_mode))
    return Fail(Code::kPermissionDenied, fmt::format("read key {} of TLS profile {}: {}",
                                                     issuer_->key, issuer_->name, *why));
  IssuerTexts asked{.who = "TLS profile " + issuer_->name,
                    .cert = std::move(texts->cert),
                    .key = texts->key.text(),
                    .roots = std::move(texts->authorities)};
  Result<Authority> issuer = ReadIssuer(asked, now);
  OPENSSL_cleanse(asked.key.data(), asked.key.size());
  if (!issuer) return std::unexpected(issuer.error());
  intermediate_ = *std::move(issuer);
  intermediate_bundle_.clear();
  for (const Certificate& root : CertificatesIn(asked.roots))
    intermediate_bundle_ += TextOf(root.get());
  return {};
}

Result<Signing::Now> Signing::OfRoots(Wall now) {
  if (!roots_) {
    Result<std::vector<Authority>> read = file_.Read();
    if (!read) return std::unexpected(read.error());
    roots_ = *std::move(read);
  }
  RootPlan plan = PlanRoots(SpansOf(*roots_), now);
  if (plan.is_clock_early)
    return Fail(Code::kFailedPrecondition,
                fmt::format("sign certificates of services: the clock says {}, before the "
                            "authority in {} was made; set the clock",
                            TimeText(now), file_.path()));
  trouble_.clear();
  if (plan.makes_one) {
    if (const Result<> added = AddRoot(now); !added) {
      trouble_ = added.error().message;
      if (!plan.signer) return std::unexpected(added.error());
    } else {
      plan = PlanRoots(SpansOf(*roots_), now);
    }
  }
  return Now{.signer = &(*roots_)[*plan.signer], .bundle = BundleOf(*roots_, now)};
}

Result<> Signing::AddRoot(Wall now) {
  Result<Authority> made = MakeRoot(now);
  if (!made) return std::unexpected(made.error());
  roots_->push_back(*std::move(made));
  // The oldest has long ended, by any clock.
  while (roots_->size() > kRootsMax) roots_->erase(roots_->begin());
  if (const Result<> written = file_.Write(*roots_); !written) {
    // Nobody must believe what the next life of the daemon would not have.
    roots_.reset();
    Result<std::vector<Authority>> read = file_.Read();
    if (!read) return written;
    roots_ = *std::move(read);
    return written;
  }
  tell_(fmt::format("a new authority of services is in {}, good until {}", file_.path(),
                    DayText(roots_->back().span.end)));
  return {};
}

}  // namespace fairlead::ca
