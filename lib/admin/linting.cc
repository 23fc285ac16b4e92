#include "admin/linting.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "admin/finding_message.h"
#include "base/text.h"
#include "lint/compose_file.h"
#include "lint/lint.h"

namespace fairlead::admin {
namespace {

std::unexpected<Error> Refuse(std::string why) {
  return Fail(Code::kInvalidArgument, "files: " + std::move(why), {.subject = "files"});
}

bool IsProject(std::string_view name) {
  constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kInner = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  return name.size() <= 63 && kWord.find(name.front()) != kWord.npos &&
         name.find_first_not_of(kInner) == name.npos;
}

Result<> Check(const v1::LintRequest& request) {
  if (request.files().empty()) return Refuse("there is none; send each with its name and text");
  if (static_cast<std::size_t>(request.files_size()) > lint::kFilesMax)
    return Refuse(fmt::format("are {}; at most {} are looked at in one run", request.files_size(),
                              lint::kFilesMax));
  std::set<std::string> names;
  for (const auto& file : request.files()) {
    if (file.name().empty()) return Refuse("one has no name");
    if (!names.insert(file.name()).second)
      return Refuse(Printable(file.name(), 128) + " is there twice");
  }
  if (!request.project().empty() && !IsProject(request.project()))
    return Fail(
        Code::kInvalidArgument,
        "project: is not as Compose names one: up to 63 of a-z, 0-9, - and _, beginning with "
        "a letter or a digit",
        {.subject = "project"});
  return {};
}

}  // namespace

Result<v1::LintResponse> LintSent(const v1::LintRequest& request) {
  if (Result<> checked = Check(request); !checked) return std::unexpected(checked.error());
  lint::LintInput input;
  input.project = request.project().empty() ? "default" : request.project();
  input.sources.variables = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = request.variables().find(name);
    if (found == request.variables().end()) return std::nullopt;
    return found->second;
  };
  input.sources.read = [](const std::string&) -> Result<std::string> {
    return Fail(Code::kNotFound, "is not among the files that were sent");
  };
  for (const auto& file : request.files())
    input.sources.files.push_back({.name = file.name(), .text = file.text()});
  v1::LintResponse response;
  for (const lint::Finding& finding : lint::Lint(input))
    *response.add_findings() = FindingMessage(finding);
  return response;
}

}  // namespace fairlead::admin
