#include "cli/lint_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <istream>
#include <ostream>

#include "admin/finding_message.h"
#include "base/text.h"
#include "cli/message_json.h"
#include "cli/table.h"
#include "lint/codes.h"
#include "lint/lint.h"

namespace fairlead::cli {
namespace {

namespace fs = std::filesystem;

// At most one byte more than lint takes: enough to see that it is too much.
std::string ReadAll(std::istream& in) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() <= lint::kFileBytesMax) {
    in.read(buffer.data(), buffer.size());
    if (in.gcount() <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  return text;
}

Result<std::string> ReadFileText(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return Fail(Code::kNotFound, "there is no such file");
  if (!fs::is_regular_file(status)) return Fail(Code::kInvalidArgument, "it is no regular file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return Fail(Code::kPermissionDenied, "it cannot be opened");
  std::string text = ReadAll(in);
  if (in.bad()) return Fail(Code::kDataLoss, "it cannot be read");
  return text;
}

// As Compose calls the project of a folder: lower case letters, digits, dashes and underscores,
// beginning with a letter or a digit.
std::string ProjectOf(const std::string& file) {
  std::error_code error;
  const fs::path folder = fs::absolute(file == "-" ? "x" : file, error).parent_path();
  std::string project;
  for (char c : folder.lexically_normal().filename().string()) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_word || (!project.empty() && (c == '-' || c == '_'))) project += c;
  }
  return project.empty() ? "default" : project.substr(0, 63);
}

lint::Finding Unreadable(const std::string& file, const std::string& why) {
  return {.file = Printable(file),
          .severity = spec::Severity::kError,
          .code = std::string(lint::codes::kFileUnreadable),
          .subject = "",
          .message = why,
          .hint = "name a file that can be read, or - for standard input"};
}

std::string JsonOf(const std::vector<lint::Finding>& findings) {
  admin::v1::LintResponse answer;
  for (const lint::Finding& finding : findings)
    *answer.add_findings() = admin::FindingMessage(finding);
  return Json(answer, true);
}

}  // namespace

int LintFiles(const Args& args, const Environment& environment, std::ostream& out,
              std::ostream& err) {
  lint::LintInput input;
  input.project = ProjectOf(args.operand);
  input.sources.read = ReadFileText;
  input.sources.variables = environment.variable;
  std::vector<lint::Finding> findings;
  for (const std::string& file : args.operands) {
    if (input.sources.files.size() == lint::kFilesMax) {
      findings.push_back(
          Unreadable(file, fmt::format("only {} files are looked at in one run", lint::kFilesMax)));
      break;
    }
    const bool is_standard_input = file == "-" && environment.in != nullptr;
    Result<std::string> text =
        is_standard_input ? Result<std::string>(ReadAll(*environment.in)) : ReadFileText(file);
    if (text) {
      input.sources.files.push_back({.name = file, .text = std::move(*text)});
    } else {
      findings.push_back(Unreadable(file, text.error().message));
    }
  }
  for (lint::Finding& finding : lint::Lint(input)) findings.push_back(std::move(finding));
  const auto errors =
      std::ranges::count(findings, spec::Severity::kError, &lint::Finding::severity);
  const std::size_t warnings = findings.size() - static_cast<std::size_t>(errors);
  if (args.output == Output::kJson) {
    out << JsonOf(findings);
  } else {
    for (const lint::Finding& finding : findings) {
      const bool is_error = finding.severity == spec::Severity::kError;
      out << Coloured(finding.Text(), is_error ? Colour::kBad : Colour::kNone,
                      environment.is_terminal)
          << "\n";
    }
    if (!findings.empty()) err << fmt::format("{} errors, {} warnings\n", errors, warnings);
  }
  return errors > 0 || (args.strict && warnings > 0) ? kExitNo : kExitDone;
}

}  // namespace fairlead::cli
