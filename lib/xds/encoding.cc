#include "xds/encoding.h"

#include <fmt/format.h>

#include <charconv>

namespace fairlead::xds {
namespace {

// DiscoveryResponse and Any field tags: number << 3 | 2 (length-delimited).
constexpr std::uint8_t kVersionTag = 1 << 3 | 2;
constexpr std::uint8_t kResourcesTag = 2 << 3 | 2;
constexpr std::uint8_t kTypeUrlTag = 4 << 3 | 2;
constexpr std::uint8_t kNonceTag = 5 << 3 | 2;
// Of a DeltaDiscoveryResponse and the Resource in it, which begins with its version as well.
constexpr std::uint8_t kNameTag = 3 << 3 | 2;
constexpr std::uint8_t kRemovedTag = 6 << 3 | 2;
constexpr std::uint8_t kAnyTypeUrlTag = 1 << 3 | 2;
constexpr std::uint8_t kAnyValueTag = 2 << 3 | 2;

std::size_t VarintSize(std::size_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) {
    ++size;
  }
  return size;
}

std::size_t FieldSize(std::size_t length) {
  return 1 + VarintSize(length) + length;
}

void PutHead(Bytes& out, std::uint8_t tag, std::size_t length) {
  out.push_back(static_cast<std::byte>(tag));
  for (; length >= 0x80; length >>= 7) {
    out.push_back(static_cast<std::byte>((length & 0x7F) | 0x80));
  }
  out.push_back(static_cast<std::byte>(length));
}

void PutField(Bytes& out, std::uint8_t tag, std::string_view text) {
  PutHead(out, tag, text.size());
  const auto bytes = std::as_bytes(std::span(text));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

SharedBytes EncodePrefix(ResourceType type, std::string_view version,
                         std::span<const SharedBytes> entries) {
  std::size_t size = FieldSize(version.size()) + FieldSize(TypeUrl(type).size());
  for (const SharedBytes& entry : entries) {
    size += entry->size();
  }
  Bytes out;
  out.reserve(size);
  PutField(out, kVersionTag, version);
  for (const SharedBytes& entry : entries) {
    out.insert(out.end(), entry->begin(), entry->end());
  }
  PutField(out, kTypeUrlTag, TypeUrl(type));
  return std::make_shared<const Bytes>(std::move(out));
}

}  // namespace

std::uint64_t ContentHash(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t hash = 0xCBF29CE484222325ULL ^ seed;
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  hash = (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

std::string VersionText(std::uint64_t content) {
  return fmt::format("{:016x}", content);
}

ResourcePtr EncodeResource(ResourceType type, std::string name, std::string_view message) {
  const std::size_t any_size = FieldSize(TypeUrl(type).size()) + FieldSize(message.size());
  Bytes entry;
  entry.reserve(FieldSize(any_size));
  PutHead(entry, kResourcesTag, any_size);
  PutField(entry, kAnyTypeUrlTag, TypeUrl(type));
  PutField(entry, kAnyValueTag, message);

  auto resource = std::make_shared<Resource>();
  resource->type = type;
  resource->name = std::move(name);
  resource->content = ContentHash(message);
  resource->entry = std::make_shared<const Bytes>(std::move(entry));
  resource->alone =
      EncodePrefix(type, VersionText(resource->content), std::span(&resource->entry, 1));
  return resource;
}

Response EncodeResponse(ResourceType type, std::span<const ResourcePtr> resources) {
  if (resources.size() == 1) {
    return ResponseOf(*resources.front());
  }
  std::uint64_t content = ContentHash(TypeUrl(type));
  std::vector<SharedBytes> entries;
  entries.reserve(resources.size());
  for (const ResourcePtr& resource : resources) {
    content = ContentHash(resource->name, content ^ resource->content);
    entries.push_back(resource->entry);
  }
  return {.content = content, .prefix = EncodePrefix(type, VersionText(content), entries)};
}

Response EncodeDelta(ResourceType type, std::span<const ResourcePtr> resources,
                     std::span<const std::string> removed) {
  std::uint64_t content = ContentHash(TypeUrl(type));
  Bytes entries;
  for (const ResourcePtr& resource : resources) {
    content = ContentHash(resource->name, content ^ resource->content);
    const std::string version = VersionText(resource->content);
    // The Any is field 2 here as well as in a response: its bytes are taken as they are.
    PutHead(entries, kResourcesTag,
            FieldSize(version.size()) + resource->entry->size() + FieldSize(resource->name.size()));
    PutField(entries, kVersionTag, version);
    entries.insert(entries.end(), resource->entry->begin(), resource->entry->end());
    PutField(entries, kNameTag, resource->name);
  }
  for (const std::string& name : removed) {
    content = ContentHash(name, content + 1);
    PutField(entries, kRemovedTag, name);
  }
  const SharedBytes shared = std::make_shared<const Bytes>(std::move(entries));
  return {.content = content, .prefix = EncodePrefix(type, VersionText(content), {&shared, 1})};
}

Response ResponseOf(const Resource& resource) {
  return {.content = resource.content, .prefix = resource.alone};
}

NonceTail::NonceTail(std::uint64_t nonce) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), nonce).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  bytes_[0] = static_cast<std::byte>(kNonceTag);
  bytes_[1] = static_cast<std::byte>(length);
  for (std::size_t i = 0; i < length; ++i) {
    bytes_[2 + i] = static_cast<std::byte>(digits[i]);
  }
  size_ = 2 + length;
}

}  // namespace fairlead::xds
