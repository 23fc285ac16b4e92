#include "xds/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"

namespace fairlead::xds {

Result<std::optional<ResourceType>> Requester::Admit(std::optional<std::string_view> node,
                                                     std::string_view type_url) {
  if (!has_node()) {
    if (Result<> taken = TakeNode(node); !taken) {
      return std::unexpected(taken.error());
    }
  }
  return TypeOf(type_url);
}

Result<> Requester::TakeNode(std::optional<std::string_view> encoded) {
  if (!encoded) {
    return Fail(Code::kInvalidArgument, "read discovery request: the first one carries no node");
  }
  if (encoded->size() > limits_.node_bytes_max) {
    return Fail(Code::kInvalidArgument,
                fmt::format("read discovery request: the node has {} bytes, {} are allowed",
                            encoded->size(), limits_.node_bytes_max));
  }
  Result<NodeInfo> node = ReadNode(*encoded);
  if (!node) {
    return std::unexpected(node.error());
  }
  flavour_ = FlavourOf(*node);
  if (flavour_ == Flavour::kEnvoyTls) {
    identity_ = MakeIdentitySecret(node->tls_directory);
  }
  node_ = std::move(*node);
  return {};
}

Result<std::optional<ResourceType>> Requester::TypeOf(std::string_view type_url) const {
  if (type_url.empty() && !only_) {
    return Fail(Code::kInvalidArgument, "read discovery request: no type_url; ADS needs one");
  }
  if (type_url.empty()) {
    return only_;
  }
  const std::optional<ResourceType> type = TypeOfUrl(type_url);
  if (only_ && type != only_) {
    return Fail(Code::kInvalidArgument,
                fmt::format("read discovery request: another type_url than {} on a stream of {}",
                            TypeUrl(*only_), TypeName(*only_)));
  }
  return type;
}

Result<> Requester::CheckNameCount(std::size_t count) const {
  if (count > limits_.names_per_type_max) {
    return Fail(Code::kResourceExhausted,
                fmt::format("read discovery request: {} names, {} are allowed per type", count,
                            limits_.names_per_type_max));
  }
  return {};
}

Result<> Requester::CheckNames(const std::vector<std::string_view>& names) const {
  for (const std::string_view name : names) {
    if (name.size() > limits_.name_bytes_max) {
      return Fail(Code::kInvalidArgument,
                  fmt::format("read discovery request: a name has {} bytes, {} are allowed",
                              name.size(), limits_.name_bytes_max));
    }
    // It is a string of proto3, and may be sent back as the name of what is gone.
    if (!IsUtf8(name)) {
      return Fail(Code::kInvalidArgument,
                  "read discovery request: a name is not valid UTF-8: " + Printable(name, 64));
    }
  }
  return {};
}

Result<> Requester::SpendUnasked(TimePoint now) {
  const double elapsed_seconds =
      unasked_at_ ? std::chrono::duration<double>(now - *unasked_at_).count() : 0;
  unasked_budget_ =
      unasked_at_
          ? std::min(limits_.unasked_requests_burst_max,
                     unasked_budget_ + elapsed_seconds * limits_.unasked_requests_per_second_max)
          : limits_.unasked_requests_burst_max;
  unasked_at_ = now;
  if (unasked_budget_ < 1) {
    return Fail(Code::kResourceExhausted,
                "read discovery request: more requests than this stream may send");
  }
  unasked_budget_ -= 1;
  return {};
}

std::optional<std::uint64_t> ReadNonce(std::string_view text) {
  std::uint64_t nonce = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nonce);
  if (error != std::errc() || end != text.data() + text.size() || nonce == 0) {
    return std::nullopt;
  }
  return nonce;
}

}  // namespace fairlead::xds
