// A file per mistake: cases/NAME.yaml or cases/NAME.labels, and in its comments what lint says of
// it.
//
// `#: 7:5 error label-bad-port` expects that code there; a file without any expects nothing. More
// files of one case are NAME+2.yaml, merged in that order. FAIRLEAD_REWRITE=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "lint/lint.h"

namespace fairlead::lint {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(FAIRLEAD_SOURCE_DIR) / "tests/unit/lint/cases";
constexpr std::string_view kMark = "#: ";

std::string Read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The names of all cases: first files, without those that are merged into them or extended from.
std::vector<std::string> Cases() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    const std::string name = entry.path().filename();
    if (name.find('+') == std::string::npos && !name.starts_with("base")) names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> FilesOf(const std::string& first) {
  std::vector<std::string> files{first};
  const fs::path path(first);
  for (int n = 2;; ++n) {
    const std::string next =
        path.stem().string() + "+" + std::to_string(n) + path.extension().string();
    if (!fs::exists(kCases / next)) return files;
    files.push_back(next);
  }
}

LintInput InputOf(const std::string& first) {
  LintInput input{.sources = {}, .project = "shop"};
  for (const std::string& file : FilesOf(first))
    input.sources.files.push_back({.name = file, .text = Read(kCases / file)});
  input.sources.read = [](const std::string& path) -> Result<std::string> {
    if (!fs::exists(kCases / path)) return Fail(Code::kNotFound, "there is no such file");
    return Read(kCases / path);
  };
  input.sources.variables = [](const std::string& name) -> std::optional<std::string> {
    return name == "PORT" ? std::optional<std::string>("50051") : std::nullopt;
  };
  return input;
}

std::vector<std::string> Expected(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kMark)) lines.push_back(line.substr(kMark.size()));
  }
  return lines;
}

// The places are those of the file with its expectations, which stand at its end.
std::string Said(const std::string& first, const Finding& finding) {
  const std::string place = finding.file == first ? "" : finding.file + ":";
  return place + std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " +
         std::string(spec::SeverityName(finding.severity)) + " " + finding.code;
}

void Rewrite(const fs::path& path, const std::vector<std::string>& said) {
  std::string text = Read(path);
  text = text.substr(0, text.starts_with(kMark) ? 0 : std::min(text.find("\n#: "), text.size()));
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  for (const std::string& line : said) text += std::string(kMark) + line + "\n";
  std::ofstream(path, std::ios::binary) << text;
}

class LintCases : public ::testing::TestWithParam<std::string> {};

TEST_P(LintCases, AreFoundAtTheirLine) {
  const std::string& first = GetParam();
  std::vector<std::string> said;
  std::string sentences;
  for (const Finding& finding : Lint(InputOf(first))) {
    said.push_back(Said(first, finding));
    sentences += finding.Text() + "\n";
    EXPECT_FALSE(finding.message.empty());
  }
  if (std::getenv("FAIRLEAD_REWRITE") != nullptr) return Rewrite(kCases / first, said);
  EXPECT_EQ(said, Expected(Read(kCases / first))) << sentences;
}

INSTANTIATE_TEST_SUITE_P(Files, LintCases, ::testing::ValuesIn(Cases()), [](const auto& test) {
  std::string name;
  for (const char c : test.param) name += c >= 'a' && c <= 'z' ? c : '_';
  return name;
});

TEST(LintCases, AreFortyAtLeastAndMostOfThemBad) {
  std::size_t bad = 0;
  for (const std::string& first : Cases()) bad += Expected(Read(kCases / first)).empty() ? 0 : 1;
  EXPECT_GE(bad, 40U);
  EXPECT_LT(bad, Cases().size()) << "good files are cases, too";
}

}  // namespace
}  // namespace fairlead::lint
