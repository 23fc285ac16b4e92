#include "support/dialogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace fairlead::testing {
namespace {

constexpr std::string_view kNothing = "(nothing)";

void AddLine(std::string& text, const std::string& line) {
  if (!text.empty()) text += '\n';
  text += line;
}

std::string WithoutFinalNewlines(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

bool IsRewriting() {
  const char* value = std::getenv("FAIRLEAD_REWRITE");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace

std::vector<DialogueStep> ParseDialogue(const std::string& text) {
  std::vector<DialogueStep> steps;
  DialogueStep step;
  bool in_outcome = false;
  const auto finish = [&] {
    if (!step.command.empty()) {
      steps.push_back(step);
      step = {};
    }
    in_outcome = false;
  };
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) {
      finish();
    } else if (in_outcome) {
      if (line != kNothing) AddLine(step.expected, line);
    } else if (line == "----" && !step.command.empty()) {
      in_outcome = true;
    } else if (step.command.empty() && line.starts_with('#')) {
      step.comment += line + '\n';
    } else {
      if (step.command.empty()) step.line = number;
      AddLine(step.command, line);
    }
  }
  finish();
  return steps;
}

std::string FormatDialogue(const std::vector<DialogueStep>& steps) {
  std::string text;
  for (const DialogueStep& step : steps) {
    if (!text.empty()) text += '\n';
    text += step.comment + step.command + "\n----\n";
    text += step.expected.empty() ? std::string(kNothing) : step.expected;
    text += '\n';
  }
  return text;
}

std::vector<std::string> DialogueFiles(const std::string& folder) {
  const std::filesystem::path root = std::filesystem::path(FAIRLEAD_SOURCE_DIR) / folder;
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root, error)) {
    const bool is_dialogue =
        entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt";
    if (is_dialogue) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) files.push_back((root / "no_dialogues_here.txt").string());
  return files;
}

std::string DialogueName(const std::string& path) {
  return std::filesystem::path(path).stem().string();
}

void RunDialogue(const std::string& path,
                 const std::function<std::string(const std::string& command)>& run) {
  std::ifstream file(path);
  ASSERT_TRUE(file.good()) << "cannot read " << path;
  std::ostringstream content;
  content << file.rdbuf();
  std::vector<DialogueStep> steps = ParseDialogue(content.str());
  ASSERT_FALSE(steps.empty()) << path << " holds no step";
  const bool rewrite = IsRewriting();
  for (DialogueStep& step : steps) {
    const std::string actual = WithoutFinalNewlines(run(step.command));
    EXPECT_EQ(actual.find("\n\n"), std::string::npos)
        << path << ":" << step.line << ": an outcome cannot hold a blank line";
    if (rewrite) {
      step.expected = actual;
    } else {
      EXPECT_EQ(actual, step.expected) << path << ":" << step.line << ": " << step.command;
    }
  }
  if (!rewrite) return;
  std::ofstream out(path, std::ios::trunc);
  out << FormatDialogue(steps);
  EXPECT_TRUE(out.good()) << "cannot write " << path;
}

}  // namespace fairlead::testing
