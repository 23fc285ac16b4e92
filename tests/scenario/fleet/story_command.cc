#include <sstream>

#include "fleet_story.h"

namespace fairlead::fleet::testing {

StoryCommand StoryCommand::Parse(const std::string& line) {
  StoryCommand command;
  std::istringstream in(line);
  in >> command.verb;
  for (std::string word; in >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      command.words.push_back(word);
    } else {
      command.settings[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  return command;
}

std::string StoryCommand::Setting(const std::string& key, const std::string& otherwise) const {
  const auto found = settings.find(key);
  return found == settings.end() ? otherwise : found->second;
}

}  // namespace fairlead::fleet::testing
