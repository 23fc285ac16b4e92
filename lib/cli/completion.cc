#include "cli/completion.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/args.h"

namespace fairlead::cli {
namespace {

using Names = Completion::Names;

// No name that could mean something to a shell gets near it, whoever made it up.
bool IsPlain(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._/-:").find(c) != std::string_view::npos;
  });
}

// "--name", "=", "value" as "--name", "value".
std::vector<std::string> WithoutEquals(std::span<const std::string> words) {
  std::vector<std::string> joined;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool is_equals = words[i] == "=" && !joined.empty() && joined.back().starts_with("--");
    if (!is_equals) {
      joined.push_back(words[i]);
    } else if (i + 1 == words.size()) {
      joined.emplace_back();
    }
  }
  if (!joined.empty() && joined.back().starts_with("--")) {
    const std::size_t equals = joined.back().find('=');
    if (equals != std::string::npos) {
      std::string value = joined.back().substr(equals + 1);
      joined.back().resize(equals);
      joined.push_back(std::move(value));
    }
  }
  return joined;
}

const OptionSpec* FindOption(std::string_view word) {
  if (!word.starts_with("--")) return nullptr;
  word.remove_prefix(2);
  const auto options = Options();
  const auto found = std::ranges::find(options, word, &OptionSpec::name);
  return found == options.end() ? nullptr : &*found;
}

class Completer {
 public:
  explicit Completer(std::span<const std::string> words) : words_(WithoutEquals(words)) {}

  Completion Complete() {
    if (words_.empty()) words_.emplace_back();
    done_.typed = words_.back();
    words_.pop_back();
    const OptionSpec* waiting = ReadLine();
    if (waiting != nullptr) {
      OfKind(waiting->value_name);
    } else if (done_.typed.starts_with("-")) {
      AddOptions();
    } else if (verb_ == nullptr) {
      AddVerbs();
    } else {
      AddOperand();
    }
    return std::move(done_);
  }

 private:
  // What stands before the word: the verb, its operands, and the option whose value the word is.
  const OptionSpec* ReadLine() {
    const OptionSpec* waiting = nullptr;
    for (const std::string& word : words_) {
      if (waiting != nullptr) {
        if (waiting->name == "admin") done_.admin = word;
        waiting = nullptr;
      } else if (word.starts_with("--")) {
        const OptionSpec* option = FindOption(word);
        given_.push_back(option);
        if (option != nullptr && !option->value_name.empty()) waiting = option;
        if (word.starts_with("--admin=")) done_.admin = word.substr(8);
      } else if (verb_ == nullptr) {
        verb_ = FindVerb(word);
        if (verb_ == nullptr) is_lost_ = true;
      } else {
        ++operands_;
      }
    }
    return waiting;
  }

  void Add(std::string_view word, std::string_view summary = {}) {
    if (word.starts_with(done_.typed))
      done_.candidates.push_back({std::string(word), std::string(summary)});
  }

  void AddVerbs() {
    if (is_lost_) return;
    for (const VerbSpec& verb : Verbs()) {
      if (!verb.is_hidden) Add(verb.name, verb.summary);
    }
  }

  void AddOptions() {
    for (const OptionSpec& option : Options()) {
      const bool is_taken = verb_ == nullptr ? option.is_general : Takes(*verb_, option);
      const bool is_given = std::ranges::find(given_, &option) != given_.end();
      if (is_taken && (!is_given || option.name == "file"))
        Add("--" + std::string(option.name), option.summary);
    }
    Add("--help", "help of the verb");
  }

  void AddOperand() {
    const std::size_t most = verb_->operand == Operand::kNone   ? 0
                             : verb_->operand == Operand::kTwo  ? 2
                             : verb_->operand == Operand::kMany ? words_.size() + 1
                                                                : 1;
    if (operands_ >= most) return;
    if (verb_->operand != Operand::kTwo) return OfKind(verb_->operand_name);
    // "CLIENT SERVICE" of diagnose: a client is a container there.
    if (operands_ == 0) {
      done_.names = Names::kContainers;
    } else {
      OfKind("SERVICE");
    }
  }

  // What a word of that name in the table stands for.
  void OfKind(std::string_view name) {
    if (name == "REPLICA") {
      done_.names = Names::kReplicas;
    } else if (name == "SERVICE") {
      done_.names = Names::kServices;
    } else if (name == "CLIENT") {
      done_.names = Names::kClients;
    } else if (name.starts_with("FILE")) {
      done_.is_file = true;
    } else if (name == "VERB") {
      AddVerbs();
    } else if (name.find('|') != std::string_view::npos) {
      for (; !name.empty(); name.remove_prefix(std::min(name.find('|'), name.size() - 1) + 1))
        Add(name.substr(0, name.find('|')));
    }
  }

  std::vector<std::string> words_;
  const VerbSpec* verb_ = nullptr;
  bool is_lost_ = false;  // the verb is none
  std::size_t operands_ = 0;
  std::vector<const OptionSpec*> given_;
  Completion done_;
};

}  // namespace

Completion Complete(std::span<const std::string> words) {
  return Completer(words).Complete();
}

std::string CompletionText(const Completion& completion, std::span<const std::string> names) {
  std::string text = completion.is_file ? "files\n" : "words\n";
  for (const Candidate& candidate : completion.candidates) {
    text += candidate.word;
    if (!candidate.summary.empty()) text += "\t" + candidate.summary;
    text += "\n";
  }
  for (const std::string& name : names) {
    if (IsPlain(name) && name.starts_with(completion.typed)) text += name + "\n";
  }
  return text;
}

std::string BashScript() {
  return R"(# bash completion for fairlead, printed by `fairlead completion bash`.
_fairlead() {
  local -a told
  mapfile -t told < <("${COMP_WORDS[0]}" complete-words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  if [[ ${told[0]} == files ]]; then
    compopt -o default 2>/dev/null
    return
  fi
  local line
  for line in "${told[@]:1}"; do
    COMPREPLY+=("${line%%$'\t'*}")
  done
}
complete -F _fairlead fairlead
)";
}

std::string ZshScript() {
  return R"(#compdef fairlead
# zsh completion for fairlead, printed by `fairlead completion zsh`.
_fairlead() {
  local -a told candidates shown
  told=("${(@f)$("${words[1]}" complete-words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ ${told[1]} == files ]]; then
    _files
    return
  fi
  local line
  for line in "${(@)told[2,-1]}"; do
    [[ -n $line ]] || continue
    candidates+=("${line%%$'\t'*}")
    shown+=("${line//$'\t'/  }")
  done
  compadd -d shown -a candidates
}
if [[ $funcstack[1] == _fairlead ]]; then
  _fairlead "$@"
else
  compdef _fairlead fairlead
fi
)";
}

}  // namespace fairlead::cli
