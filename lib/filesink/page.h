// Page: what is to be written into a file, as values: services, and where each is reached.
//
// Why: a template must not see the core's view. What gets into a file that another program obeys
// is checked here once more: a service whose name is not made of harmless characters alone is left
// out and told, so that no label ever becomes a directive. Addresses are literal ones
// (xds::Reachable). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fleet/view.h"
#include "spec/names.h"
#include "xds/viewer.h"

namespace fairlead::filesink {

using Views = std::map<ServiceName, fleet::ServiceViewPtr>;

struct PageServer {
  std::string ip;  // a literal address
  std::uint16_t port = 0;
  int weight = 0;  // 1..1000
  // "172.31.0.4:50051", "[fd00::4]:50051".
  std::string Text() const;
  auto operator<=>(const PageServer&) const = default;
};

struct PageService {
  ServiceName name;
  std::vector<PageServer> servers;  // may be empty
  bool operator==(const PageService&) const = default;
};

struct Page {
  std::vector<PageService> services;  // ordered by name
  bool operator==(const Page&) const = default;
};

struct PageReading {
  Page page;
  std::vector<std::string> left_out;  // what was not harmless, in words
};

// Of `wanted`, or of all services when that is empty. A wanted service that is not (or no longer)
// known has no servers: a file that names it stays valid. `viewer`: from where the file's reader
// looks. Who stands by (fairlead.priority) is not in it: the file is written anew when it takes
// over.
PageReading PageOf(const Views& views, const std::vector<ServiceName>& wanted,
                   const xds::Viewer& viewer);

// Whether a service's name is made of harmless characters alone.
bool IsHarmless(const ServiceName& name);

// "user-service.shop" as ServiceName; false in `second` when it is no name of that form.
std::pair<ServiceName, bool> ParseServiceName(const std::string& text);

// What is different, for people: "user-service.shop +172.31.0.5:50051 -172.31.0.4:50051; users.shop
// gone". Empty when nothing is; shortened after 512 bytes.
std::string WhatChanged(const Page& before, const Page& after);

}  // namespace fairlead::filesink
