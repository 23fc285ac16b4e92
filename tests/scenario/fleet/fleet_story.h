// FleetStory: plays text commands against a real Fleet under a clock of its own, and tells
// everything that came out. The commands are listed in README.md beside the stories.
//
// Threads: none. A command that cannot be read is told as such, so that it shows in the diff.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fleet/fleet.h"

namespace fairlead::fleet::testing {

// The words of one command: the bare ones in order, and key=value.
struct StoryCommand {
  std::string verb;
  std::vector<std::string> words;
  std::map<std::string, std::string> settings;

  static StoryCommand Parse(const std::string& line);
  std::string Word(std::size_t index) const { return index < words.size() ? words[index] : ""; }
  std::string Setting(const std::string& key, const std::string& otherwise) const;
};

class FleetStory {
 public:
  FleetStory();
  ~FleetStory();

  // Plays the lines of one step and tells what came of them.
  std::string Run(const std::string& lines);

 private:
  struct Container {
    ContainerFacts facts;
    spec::ServiceSpec spec;
    bool is_managed = true;
    std::vector<spec::Diagnostic> diagnostics;
  };

  void RunLine(const StoryCommand& command);
  void Remember(const StoryCommand& command);
  ServiceName NameOf(const std::string& service) const;
  void TellTrial(const StoryCommand& command);
  void Observe(const StoryCommand& command);
  void SetFacts(const StoryCommand& command, ContainerFacts& facts);
  static void SetSpec(const std::map<std::string, std::string>& settings, spec::ServiceSpec& spec);
  void Wait(Duration duration);
  void Probe(const StoryCommand& command);
  void Operator(OperatorVerb verb, const StoryCommand& command);
  void Finished(const StoryCommand& command);
  void Answered(const StoryCommand& command);
  void CallersOf(const StoryCommand& command);
  void Adopt(const StoryCommand& command);
  void TellReport(const std::string& service);
  void TellServices();
  void TellDiagnostics();
  void TellExplanation(const std::string& name);

  void Step(const Event& event);
  void Tell(const Effects& effects);
  void TellRecord(const Record& record);
  void TellCheck(const CheckOrder& order);
  void TellProcess(const ProcessOrder& order);
  void TellTraffic(const TrafficOrder& order);
  void TellNote(const Note& note);
  std::string KeyOf(const ContainerId& id) const;
  std::string Life(const Generation& generation) const;
  Generation GenerationOf(const StoryCommand& command);
  Fleet& fleet();

  TimePoint now_{std::chrono::hours(1)};
  FleetOptions options_;
  Remembered remembered_;
  std::unique_ptr<Fleet> fleet_;  // made by the first command that needs it
  std::map<std::string, std::map<std::string, std::string>> spec_settings_;  // by service
  std::map<std::string, Container> containers_;                              // by key
  std::map<ContainerId, std::string> keys_;
  std::map<std::string, std::uint64_t> revisions_;
  std::deque<Act> acts_;  // ordered and not yet finished
  std::optional<TimePoint> wake_at_;
  std::uint64_t next_command_ = 1;
  int created_ = 0;
  std::string told_;
};

}  // namespace fairlead::fleet::testing
