#include "certificates.h"

#include "tls/certificate_facts.h"
#include "tls/client_context.h"
#include "tls/profile_files.h"

namespace fairlead::daemon {
namespace {

admin::CertificateInUse OfEngine(const tls::Profile& profile) {
  admin::CertificateInUse one{
      .profile = profile.name, .plane = "engine", .facts = {}, .trouble = ""};
  const Result<tls::ProfileTexts> texts = tls::ReadTexts(profile);
  if (!texts) {
    one.trouble = texts.error().message;
    return one;
  }
  one.facts = tls::FactsOf(*texts);
  const Result<tls::Context> made = tls::MakeClientContext(profile, *texts);
  if (!made) one.trouble = made.error().message;
  return one;
}

}  // namespace

void Certificates::Take(std::string_view plane, const tls::ProfileNews& news) {
  const runtime::MutexLock lock(mutex_);
  admin::CertificateInUse& one = known_[{news.profile, std::string(plane)}];
  one.profile = news.profile;
  one.plane = plane;
  one.trouble = news.text;
  if (news.is_taken) one.facts = news.facts;
}

void Certificates::TakeOurs(std::vector<admin::CertificateInUse> ours) {
  const runtime::MutexLock lock(mutex_);
  ours_ = std::move(ours);
}

std::vector<admin::CertificateInUse> Certificates::All() const {
  std::map<Key, admin::CertificateInUse> all;
  {
    const runtime::MutexLock lock(mutex_);
    all = known_;
    for (const admin::CertificateInUse& one : ours_) all[{one.profile, one.plane}] = one;
  }
  if (engine_) all[{engine_->name, "engine"}] = OfEngine(*engine_);
  std::vector<admin::CertificateInUse> list;
  for (auto& [key, one] : all) list.push_back(std::move(one));
  return list;
}

void Certificates::TellTo(metrics::Meter& meter) const {
  std::vector<metrics::Sample> begins;
  std::vector<metrics::Sample> ends;
  for (const admin::CertificateInUse& one : All()) {
    if (!one.facts.own) continue;
    begins.push_back({{one.profile, one.plane}, static_cast<double>(one.facts.own->begin_s)});
    ends.push_back({{one.profile, one.plane}, static_cast<double>(one.facts.own->end_s)});
  }
  meter.Replace(metrics::Metric::kTlsCertificateBegin, begins);
  meter.Replace(metrics::Metric::kTlsCertificateEnd, ends);
}

}  // namespace fairlead::daemon
