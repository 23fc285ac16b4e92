#include "spec/check_profile.h"

namespace fairlead::spec {
namespace {

constexpr char kFor = '@';

}  // namespace

CheckProfile ReadCheckProfile(std::string_view text) {
  const std::size_t at = text.find(kFor);
  if (at == std::string_view::npos) return {.profile = text, .server_name = {}};
  return {.profile = text.substr(0, at), .server_name = text.substr(at + 1)};
}

std::string CheckProfileOf(const TlsSpec& tls, const ServiceName& service) {
  std::string text(tls.source == TlsSource::kAuto ? kAutoProfile : std::string_view(tls.profile));
  return text + kFor + service.Text();
}

}  // namespace fairlead::spec
