#include "filesink/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace fairlead::filesink {
namespace {

constexpr std::size_t kNameBytesMax = 63;
constexpr std::size_t kChangeBytesMax = 512;

// As discovery's names are; they are validated where labels are read, and here again.
bool IsHarmlessPart(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string Difference(const PageService& before, const PageService& after) {
  std::string text;
  for (const PageServer& server : after.servers) {
    const auto same = std::ranges::find_if(before.servers, [&](const PageServer& other) {
      return other.ip == server.ip && other.port == server.port;
    });
    if (same == before.servers.end()) {
      text += " +" + server.Text();
    } else if (same->weight != server.weight) {
      text += fmt::format(" {} weight {}", server.Text(), server.weight);
    }
  }
  for (const PageServer& server : before.servers) {
    const bool stays = std::ranges::any_of(after.servers, [&](const PageServer& other) {
      return other.ip == server.ip && other.port == server.port;
    });
    if (!stays) text += " -" + server.Text();
  }
  if (text.empty() && before.servers != after.servers) text = " in another order";
  return text;
}

const PageService* Find(const Page& page, const ServiceName& name) {
  const auto found = std::ranges::find(page.services, name, &PageService::name);
  return found == page.services.end() ? nullptr : &*found;
}

}  // namespace

std::string PageServer::Text() const {
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, port)
                                           : fmt::format("[{}]:{}", ip, port);
}

bool IsHarmless(const ServiceName& name) {
  return IsHarmlessPart(name.project) && IsHarmlessPart(name.service);
}

std::pair<ServiceName, bool> ParseServiceName(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) return {{}, false};
  ServiceName name{.project = text.substr(dot + 1), .service = text.substr(0, dot)};
  const bool is_name = IsHarmless(name);
  return {std::move(name), is_name};
}

PageReading PageOf(const Views& views, const std::vector<ServiceName>& wanted,
                   const xds::Viewer& viewer) {
  PageReading reading;
  const auto add = [&](const ServiceName& name, const fleet::ServiceView* view) {
    if (!IsHarmless(name)) {
      reading.left_out.push_back(fmt::format("service {}: its name may not stand in a file",
                                             Printable(name.Text(), kNameBytesMax)));
      return;
    }
    PageService service{.name = name, .servers = {}};
    const std::vector<xds::WeighedAddress> reached =
        view == nullptr ? std::vector<xds::WeighedAddress>()
                        : xds::FirstGroup(xds::Reachable(viewer, *view));
    for (const xds::WeighedAddress& one : reached)
      service.servers.push_back(
          {.ip = one.address.ip, .port = one.address.port, .weight = one.weight});
    reading.page.services.push_back(std::move(service));
  };
  if (wanted.empty()) {
    for (const auto& [name, view] : views) add(name, view.get());
    return reading;
  }
  std::vector<ServiceName> ordered = wanted;
  std::ranges::sort(ordered);
  for (const ServiceName& name : ordered) {
    const auto found = views.find(name);
    add(name, found == views.end() ? nullptr : found->second.get());
  }
  return reading;
}

std::string WhatChanged(const Page& before, const Page& after) {
  std::string text;
  const auto tell = [&](const ServiceName& name, const std::string& what) {
    if (what.empty()) return;
    text += (text.empty() ? "" : "; ") + name.Text() + what;
  };
  for (const PageService& service : after.services) {
    const PageService* old = Find(before, service.name);
    const PageService none{.name = service.name, .servers = {}};
    std::string what = Difference(old == nullptr ? none : *old, service);
    if (old == nullptr && what.empty()) what = " with nobody";
    tell(service.name, what);
  }
  for (const PageService& service : before.services) {
    if (Find(after, service.name) == nullptr) tell(service.name, " gone");
  }
  if (text.size() > kChangeBytesMax) text = text.substr(0, kChangeBytesMax) + "...";
  return text;
}

}  // namespace fairlead::filesink
