#include "ca/keeper.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "ca/known_services.h"
#include "spec/service_identity.h"
#include "tls/certificate_facts.h"

namespace fairlead::ca {
namespace {

using Kind = KeeperNews::Kind;

constexpr const char* kChecker = "checker";
constexpr mode_t kOwnFolderMode = 0700;
constexpr std::size_t kBundleBytesMax = 1024 * 1024;
constexpr std::size_t kMemoryBytesMax = 1024 * 1024;  // of 20,000 services, far above kServicesMax

}  // namespace

Keeper::Keeper(KeeperOptions options, Tell tell)
    : options_(std::move(options)),
      tell_(std::move(tell)),
      signing_(options_.state_dir, options_.issuer,
               [this](const std::string& text) {
                 tell_({.kind = Kind::kAuthority, .who = kOfAuthority, .text = text});
               }),
      memory_file_(fmt::format("{}/{}", options_.state_dir, kMemoryFileName)) {}

bool Keeper::Observe(const ContainerFacts& facts, const std::optional<ServiceName>& asks,
                     TimePoint now) {
  return roster_.Observe(facts, asks, now);
}

bool Keeper::Gone(const ContainerId& id, TimePoint now) {
  return roster_.Gone(id, now);
}

void Keeper::SetComplete(bool is_complete, TimePoint now) {
  is_complete_ = is_complete;
  if (!is_complete || std::exchange(has_looked_, true)) return;
  for (auto& [project, service] : FoldersIn(options_.dir))
    roster_.Found({.project = project, .service = service}, now);
  roster_.EndRemembering(now);
}

FolderPlace Keeper::PlaceOf(const ServiceName& name) const {
  return {.root = options_.dir, .parts = {name.project, name.service}};
}

Keeper::Subject Keeper::SubjectOf(const WantedService& service) const {
  // The full name may be longer than a common name is allowed to be.
  return {.who = service.name.Text(),
          .identity = {.common_name = service.name.service,
                       .dns_names = spec::IdentityDnsNames(service.name),
                       .uri = spec::SpiffeId(options_.trust_domain, service.name)},
          .place = PlaceOf(service.name),
          .owner = service.owner,
          .trouble = service.trouble};
}

Keeper::Subject Keeper::Checker() const {
  return {.who = kChecker,
          .identity = {.common_name = "fairlead",
                       .dns_names = {},
                       .uri = spec::CheckerSpiffeId(options_.trust_domain)},
          .place = {.root = options_.dir, .parts = {".checker"}, .mode = kOwnFolderMode},
          .owner = {},
          .trouble = ""};
}

tls::ProfileFacts Keeper::FactsOf(const std::string& cert, const std::string& bundle) const {
  tls::ProfileFacts facts = tls::FactsOf({.cert = cert, .key = {}, .authorities = bundle});
  // Roots of our own follow one another by themselves, so that the first of two ends is no news.
  if (options_.issuer) return facts;
  for (const Certificate& root : CertificatesIn(bundle))
    facts.authorities_end_s = std::max<std::int64_t>(
        facts.authorities_end_s, SpanOf(root.get()).end.time_since_epoch().count());
  return facts;
}

void Keeper::Turn(const Moment& now) {
  if (!memory_) ReadMemory();
  if (is_complete_) RemoveAbandoned(now.time);
  const std::vector<WantedService> wanted = roster_.Wanted();
  const Result<> remembered = WriteMemory(wanted);
  if (wanted.empty()) {
    kept_.clear();
    return;
  }
  const Result<Signing::Now> signing = signing_.At(now.wall);
  if (!signing) return Fail(kOfAuthority, signing.error().message);
  // Callers that believe a new root before any server shows one signed by it lose nothing.
  const Result<> bundled = WriteBundle(signing->bundle);
  std::map<std::string, Kept> former = std::exchange(kept_, {});
  std::vector<Subject> subjects = {Checker()};
  const std::size_t room =
      std::min(kServicesMax, kFoldersMax - std::min(kFoldersMax, roster_.abandoned()));
  for (const WantedService& service : wanted) {
    if (subjects.size() > room) break;
    subjects.push_back(SubjectOf(service));
  }
  for (const Subject& subject : subjects) {
    kept_[subject.who] = std::move(former[subject.who]);
    Keep(subject, *signing, now.wall);
  }
  Kept& authority = kept_[kOfAuthority] = std::move(former[kOfAuthority]);
  authority.facts = FactsOf(TextOf(signing->signer->certificate.get()), signing->bundle);
  std::string trouble = signing_.trouble();
  if (!remembered) trouble = remembered.error().message;
  if (!bundled) trouble = bundled.error().message;
  if (wanted.size() > room)
    trouble = fmt::format("{} services ask for certificates, and no more than {} get one",
                          wanted.size(), room);
  if (!trouble.empty()) return Fail(kOfAuthority, trouble);
  authority.trouble.clear();
}

RenewalReason Keeper::Look(const Subject& subject, const Signing::Now& signing,
                           const PairFolder& folder, Wall now, Kept& kept) const {
  const Wall issuer_end = signing.signer->span.end;
  const bool is_as_left = !kept.version.empty() && kept.version == folder.Version() &&
                          kept.owner == subject.owner && kept.bundle == signing.bundle;
  if (is_as_left) {
    return WhyRenewByTime({.span = kept.span,
                           .name = subject.identity.uri,
                           .lifetime = options_.lifetime,
                           .issuer_end = issuer_end},
                          now);
  }
  const PairFolder::Found found = folder.Read(subject.owner);
  const RenewalReason reason = WhyRenew({.cert = found.cert,
                                         .bundle = signing.bundle,
                                         .identity = subject.identity,
                                         .lifetime = options_.lifetime,
                                         .issuer_end = issuer_end},
                                        now);
  if (reason != RenewalReason::kNone) return reason;
  if (!found.has_key) return RenewalReason::kOwner;
  if (found.bundle != signing.bundle) return RenewalReason::kBundle;
  kept = {.span = SpanOf(CertificatesIn(found.cert).front().get()),
          .version = found.version,
          .bundle = found.bundle,
          .owner = subject.owner,
          .facts = FactsOf(found.cert, found.bundle),
          .trouble = ""};
  return RenewalReason::kNone;
}

void Keeper::Keep(const Subject& subject, const Signing::Now& signing, Wall now) {
  Kept& kept = kept_[subject.who];
  if (const Result<> kept_fresh = Renew(subject, signing, now, kept); !kept_fresh)
    return Fail(subject.who, kept_fresh.error().message);
  if (subject.trouble.empty()) {
    kept.trouble.clear();
  } else if (std::exchange(kept.trouble, subject.trouble) != subject.trouble) {
    tell_({.kind = Kind::kFailed, .who = subject.who, .text = subject.trouble});
  }
}

Result<> Keeper::Renew(const Subject& subject, const Signing::Now& signing, Wall now, Kept& kept) {
  Result<PairFolder> folder = PairFolder::Open(subject.place);
  if (!folder) return std::unexpected(folder.error());
  const RenewalReason reason = Look(subject, signing, *folder, now, kept);
  if (reason == RenewalReason::kNone) return {};
  Result<Pair> pair = IssueLeaf(*signing.signer, subject.identity, options_.lifetime, now);
  if (!pair) return std::unexpected(pair.error());
  const std::vector<Certificate> chain = CertificatesIn(pair->cert);
  if (const Result<> believed =
          Verify(chain.front().get(), {.roots = signing.bundle, .between = pair->cert, .now = now});
      !believed)
    return fairlead::Fail(Code::kFailedPrecondition,
                          fmt::format("make a certificate for {}: callers would not believe it: {}",
                                      subject.who, believed.error().message));
  const Result<> prepared = folder->Prepare(
      {.cert = pair->cert, .key = pair->key, .bundle = signing.bundle}, subject.owner);
  OPENSSL_cleanse(pair->key.data(), pair->key.size());
  if (!prepared) return prepared;
  if (Result<> swapped = folder->Swap(); !swapped) return swapped;
  folder->Clean();
  kept.span = pair->span;
  kept.version = folder->Version();
  kept.bundle = signing.bundle;
  kept.owner = subject.owner;
  kept.facts = FactsOf(pair->cert, signing.bundle);
  tell_({.kind = Kind::kIssued,
         .who = subject.who,
         .text = fmt::format("good until {}; {}", TimeText(pair->span.end), RenewalWords(reason))});
  return {};
}

Result<> Keeper::WriteBundle(const std::string& bundle) {
  if (options_.bundle_path.empty() || bundle == bundle_written_) return {};
  const OwnFile file(options_.bundle_path);
  const auto there = file.Read(kBundleBytesMax);
  constexpr mode_t kForAll = 0644;
  if (!there || !*there || (*there)->text != bundle) {
    if (Result<> written = file.Replace(bundle, kForAll); !written) return written;
  }
  bundle_written_ = bundle;
  return {};
}

void Keeper::ReadMemory() {
  const auto read = memory_file_.Read(kMemoryBytesMax);
  // What cannot be read is told when it is to be written.
  memory_ = read && *read ? (*read)->text : "";
  if (has_looked_) return;
  for (const WantedService& service : ReadKnown(*memory_)) roster_.Remember(service);
}

Result<> Keeper::WriteMemory(const std::vector<WantedService>& wanted) {
  const std::string text = TextOfKnown(wanted);
  if (text == *memory_) return {};
  if (Result<> written = memory_file_.Replace(text, 0600); !written) return written;
  memory_ = text;
  return {};
}

void Keeper::RemoveAbandoned(TimePoint now) {
  for (const ServiceName& name : roster_.Abandoned(now)) {
    PairFolder::Remove(PlaceOf(name));
    roster_.Forget(name);
    tell_({.kind = Kind::kRemoved, .who = name.Text(), .text = "no container of it is left"});
  }
}

void Keeper::Fail(const std::string& who, const std::string& text) {
  std::string& trouble = kept_[who].trouble;
  const bool is_repeated = trouble == text;
  trouble = text;
  tell_({.kind = Kind::kFailed, .who = who, .text = text, .is_repeated = is_repeated});
}

std::vector<KeptCertificate> Keeper::All() const {
  std::vector<KeptCertificate> all;
  std::vector<KeptCertificate> own;
  for (const auto& [who, kept] : kept_) {
    const bool is_own = who == kChecker || who == kOfAuthority;
    (is_own ? own : all).push_back({.who = who, .facts = kept.facts, .trouble = kept.trouble});
  }
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

}  // namespace fairlead::ca
