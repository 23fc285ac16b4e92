#include "ca/known_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "spec/words.h"

namespace fairlead::ca {
namespace {

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= spec::kNameBytesMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

// What stands before the next `mark`, which goes with it.
std::string_view Cut(std::string_view& text, char mark) {
  const std::size_t end = text.find(mark);
  const std::string_view part = text.substr(0, end);
  text = end == text.npos ? std::string_view() : text.substr(end + 1);
  return part;
}

std::optional<WantedService> ReadLine(std::string_view line) {
  std::string_view path = Cut(line, ' ');
  ServiceName name{.project = std::string(Cut(path, '/')), .service = std::string(path)};
  const std::string_view uid = Cut(line, ' ');
  if (!IsFolderName(name) || uid.empty()) return std::nullopt;
  const FileOwner owner = OwnerOf(line == "-" ? std::string(uid) : fmt::format("{}:{}", uid, line));
  if (!owner.unknown_user.empty() || owner.gid.has_value() == (line == "-")) return std::nullopt;
  return WantedService{.name = std::move(name), .owner = owner, .trouble = ""};
}

}  // namespace

bool IsFolderName(const ServiceName& name) {
  return IsName(name.project) && IsName(name.service);
}

std::string TextOfKnown(const std::vector<WantedService>& services) {
  std::string text;
  for (const WantedService& one : services) {
    text += fmt::format("{}/{} {} {}\n", one.name.project, one.name.service, one.owner.uid,
                        one.owner.gid ? fmt::to_string(*one.owner.gid) : "-");
  }
  return text;
}

std::vector<WantedService> ReadKnown(std::string_view text) {
  std::vector<WantedService> services;
  while (!text.empty()) {
    if (auto service = ReadLine(Cut(text, '\n'))) services.push_back(*std::move(service));
  }
  return services;
}

}  // namespace fairlead::ca
