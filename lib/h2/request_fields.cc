#include "h2/request_fields.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "h2/field_name.h"
#include "h2/grpc_headers.h"

namespace fairlead::h2 {

namespace {

constexpr std::array<std::string_view, 4> kPseudo = {":method", ":scheme", ":path", ":authority"};
enum PseudoIndex : std::size_t { kMethod, kScheme, kPath, kAuthority };

// Fields that speak of one HTTP/1 connection; RFC 9113 section 8.2.2.
constexpr std::array<std::string_view, 5> kConnectionFields = {
    "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

// RFC 9113 section 8.2.1, and no other control characters either (RFC 9110 section 5.5).
bool IsValue(std::string_view value) {
  if (!value.empty() && (IsBlank(value.front()) || IsBlank(value.back()))) return false;
  return std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

}  // namespace

bool RequestFields::Take(std::string_view name, std::string_view value) {
  list_bytes_ += name.size() + value.size() + kFieldOverheadBytes;
  if (list_bytes_ > list_bytes_max_) {
    request_.is_too_long = true;
    if (list_bytes_ > kPatience * list_bytes_max_) return false;
  }
  if (kind_ == Kind::kIgnored) return true;
  const bool is_good = name.starts_with(':') ? TakePseudo(name, value) : TakeRegular(name, value);
  is_malformed_ = is_malformed_ || !is_good;
  if (is_good && kind_ == Kind::kRequest && !request_.is_too_long) Keep(name, value);
  return true;
}

bool RequestFields::TakePseudo(std::string_view name, std::string_view value) {
  if (kind_ != Kind::kRequest || has_regular_ || value.empty() || !IsValue(value)) return false;
  const auto known = std::ranges::find(kPseudo, name);
  if (known == kPseudo.end()) return false;
  const unsigned bit = 1U << (known - kPseudo.begin());
  if ((pseudo_seen_ & bit) != 0) return false;
  pseudo_seen_ |= bit;
  return name != ":method" || IsFieldName(value) || std::ranges::all_of(value, [](char c) {
           return IsFieldNameChar(c) || (c >= 'A' && c <= 'Z');
         });
}

bool RequestFields::TakeRegular(std::string_view name, std::string_view value) {
  has_regular_ = true;
  if (!IsFieldName(name) || !IsValue(value)) return false;
  if (std::ranges::find(kConnectionFields, name) != kConnectionFields.end()) return false;
  if (name == "te") return value == "trailers";
  if (name == "host") has_host_ = true;
  if (name == "content-length" && kind_ == Kind::kRequest) return TakeLength(value);
  return true;
}

bool RequestFields::TakeLength(std::string_view value) {
  if (request_.body_bytes || value.empty()) return false;
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bytes);
  if (error != std::errc() || end != value.data() + value.size()) return false;
  request_.body_bytes = bytes;
  return true;
}

void RequestFields::Keep(std::string_view name, std::string_view value) {
  if (name == ":path") {
    request_.path = value;
  } else if (name == ":method") {
    request_.method = value;
  } else if (name == ":authority") {
    request_.authority = value;
  } else if (name == "content-type") {
    request_.is_grpc = IsGrpcContentType(value);
    request_.content_type = value;
  } else if (name == "grpc-timeout") {
    request_.timeout = ParseTimeout(value);
  } else if (!name.starts_with(':')) {
    request_.metadata.emplace_back(name, value);
  }
}

bool RequestFields::IsWellFormed() const {
  if (is_malformed_) return false;
  if (kind_ != Kind::kRequest || request_.is_too_long) return true;
  const auto has = [&](PseudoIndex index) { return (pseudo_seen_ >> index & 1U) != 0; };
  if (!has(kMethod)) return false;
  // A tunnel (RFC 9113 section 8.5) names its far end and nothing else.
  if (request_.method == "CONNECT") return has(kAuthority) && !has(kScheme) && !has(kPath);
  const bool has_good_path =
      request_.path.starts_with('/') || (request_.path == "*" && request_.method == "OPTIONS");
  return has(kScheme) && has_good_path && (has(kAuthority) || has_host_);
}

}  // namespace fairlead::h2
