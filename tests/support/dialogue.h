// Dialogues: stories as text files, each step a command and the whole visible outcome.
//
// File = steps separated by blank lines. Step = command lines, `----`, outcome lines. Lines that
// begin with `#` before a command belong to the reader and are kept. An empty outcome is written
// `(nothing)`; an outcome holds no blank line.
//   # one lost check keeps the replica in
//   check shop/1 fail
//   ----
//   in: 3
// FAIRLEAD_REWRITE=1 writes the actual outcomes into the files instead of comparing: read the
// diff before committing it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fairlead::testing {

struct DialogueStep {
  int line = 0;          // of the command in the file, from 1
  std::string comment;   // the `#` lines before the command, each with its newline
  std::string command;   // lines joined by newlines, none at the end
  std::string expected;  // likewise; "" for `(nothing)`
  bool operator==(const DialogueStep&) const = default;
};

// The steps of a dialogue text. A step without `----` reads as one that expects nothing.
std::vector<DialogueStep> ParseDialogue(const std::string& text);

// The text that ParseDialogue reads back as `steps` (line numbers aside).
std::string FormatDialogue(const std::vector<DialogueStep>& steps);

// The *.txt files directly in FAIRLEAD_SOURCE_DIR/`folder` (CMakeLists.txt aside), full paths,
// sorted. Never empty: a missing or empty folder yields one path that RunDialogue reports as
// unreadable.
std::vector<std::string> DialogueFiles(const std::string& folder);

// "drain_then_stop" of ".../drain_then_stop.txt": the name of a parameterised test.
std::string DialogueName(const std::string& path);

// Plays the file: calls `run` with each command in order and expects its outcome.
void RunDialogue(const std::string& path,
                 const std::function<std::string(const std::string& command)>& run);

}  // namespace fairlead::testing
