// Completion: what may stand in place of the word that is being typed. Pure.
//
// Why here and not in the shells' scripts: the verbs and options are one table (args.h), and a
// script that asks the command is right for every version of it.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace fairlead::cli {

// A word, and what it means; the second may be empty.
struct Candidate {
  std::string word;
  std::string summary = {};
  bool operator==(const Candidate&) const = default;
};

struct Completion {
  enum class Names { kNone, kReplicas, kServices, kContainers, kClients };

  std::vector<Candidate> candidates = {};  // those that begin as the word does
  Names names = Names::kNone;              // that the daemon knows, to be added
  bool is_file = false;                    // the shell completes it as a path
  std::string typed = {};                  // the word, without what --option= takes away
  std::string admin = {};                  // --admin of the line, if any
};

// `words`: what stands after the program's name, up to the word at the cursor, which is the last
// and may be empty. "--name" "=" "value" is taken for one, as bash splits it.
Completion Complete(std::span<const std::string> words);

// What is printed for the script: "words" or "files", then a candidate per line, a tab and its
// summary. Of `names` only those that begin as typed and that a shell takes as they are.
std::string CompletionText(const Completion& completion, std::span<const std::string> names);

// The scripts, which ask `fairlead complete-words`.
std::string BashScript();
std::string ZshScript();

}  // namespace fairlead::cli
