#include "tls/live_profile.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "runtime/clock.h"
#include "tls/certificate_facts.h"

namespace fairlead::tls {
namespace {

// So that no second copy of a key is kept.
std::array<unsigned char, 32> DigestOf(const ProfileTexts& texts) {
  std::array<unsigned char, 32> digest{};
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  for (const std::string* text : {&texts.cert, &texts.key.text(), &texts.authorities}) {
    const std::size_t size = text->size();
    EVP_DigestUpdate(hash.get(), &size, sizeof size);
    EVP_DigestUpdate(hash.get(), text->data(), size);
  }
  EVP_DigestUpdate(hash.get(), &texts.key_mode, sizeof texts.key_mode);
  EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
  return digest;
}

bool IsSettled(const ProfileStamp& stamp) {
  const std::int64_t now = runtime::ToWall(runtime::Now()).time_since_epoch().count();
  return std::ranges::all_of(
      stamp, [&](const FileStamp& file) { return now - file.changed_ns > kUnsettledNs; });
}

}  // namespace

LiveProfile::LiveProfile(Profile profile, Tell tell, Make make)
    : profile_(std::move(profile)), tell_(std::move(tell)), make_(std::move(make)) {}

void LiveProfile::Look() {
  const ProfileStamp stamp = LookAt(profile_);
  if (stamp == seen_) return;
  // Taken before the files are read: what changes meanwhile is seen next time.
  seen_ = IsSettled(stamp) ? std::optional(stamp) : std::nullopt;
  const Result<ProfileTexts> texts = ReadTexts(profile_);
  if (!texts) return Refuse(texts.error());
  const Digest digest = DigestOf(*texts);
  if (std::exchange(tried_, digest) != digest) Take(*texts);
}

Result<LiveProfile::InUse> LiveProfile::Current() {
  Look();
  if (in_use_.context != nullptr) return in_use_;
  return std::unexpected(*trouble_);
}

void LiveProfile::Take(const ProfileTexts& texts) {
  Result<Context> made = make_(profile_, texts);
  if (!made) return Refuse(made.error());
  trouble_.reset();
  in_use_ = {.context = *std::move(made), .generation = in_use_.generation + 1};
  if (!tell_) return;
  tell_({.profile = profile_.name,
         .is_taken = true,
         .is_first = in_use_.generation == 1,
         .facts = FactsOf(texts)});
}

void LiveProfile::Refuse(const Error& error) {
  // Time alone may put it right: a certificate that is not valid yet, or a clock that was wrong.
  seen_.reset();
  tried_.reset();
  const bool is_news = trouble_ != error;
  trouble_ = error;
  if (!is_news || !tell_) return;
  tell_({.profile = profile_.name,
         .keeps_former = in_use_.context != nullptr,
         .text = error.message});
}

}  // namespace fairlead::tls
