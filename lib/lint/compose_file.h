// ComposeFile: the services of one or more Compose files, merged, as far as fairlead cares. Pure.
//
// Merging as Compose documents it: a later file's single values and labels take the place of
// earlier ones, ports, exposed ports and networks are added; `extends` comes before a service's own
// words;
// `!reset` takes away, `!override` replaces. `docker compose config` does the same and loses the
// line of every value, so it is not asked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "lint/finding.h"
#include "lint/interpolate.h"
#include "lint/yaml_tree.h"

namespace fairlead::lint {

inline constexpr std::size_t kFilesMax = 16;        // given and extended from
inline constexpr std::size_t kExtendsDepthMax = 8;  // of a service, one from another
inline constexpr std::size_t kPortsMax = 1'024;     // of a service; more say nothing more

// A value and the place where it was written.
struct Placed {
  std::string text;
  Mark mark;
};

struct ComposeHealthcheck {
  Mark mark;
  std::optional<Placed> test;
  bool is_disabled = false;
  std::optional<Placed> start_period;
};

struct ComposeService {
  std::string name;
  Mark mark;                             // of its name, in the last file that has it
  std::map<std::string, Placed> labels;  // the place is that of the key
  std::map<std::string, Mark> deploy_labels;
  std::set<std::uint16_t> ports;  // TCP ports of the container that it exposes or publishes
  std::set<std::string> networks;
  std::optional<Placed> network_mode;
  std::optional<Placed> container_name;
  std::optional<Placed> replicas;  // `scale` or deploy.replicas
  std::optional<Placed> stop_grace_period;
  std::optional<Placed> restart;
  std::optional<ComposeHealthcheck> healthcheck;
};

struct ComposeProject {
  std::string name;                             // `name:` of the files; may be empty
  std::map<std::string, std::string> networks;  // with a name of their own, by short name
  std::map<std::string, ComposeService> services = {};
};

// The text of another file, for `extends`.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

struct ComposeSources {
  struct File {
    std::string name;  // as it was given: shown, and where relative names begin
    std::string text;
  };
  std::vector<File> files;
  ReadFile read = {};
  Variables variables = {};
};

struct ComposeReading {
  ComposeProject project;
  std::vector<std::string> file_names;  // by Mark::file: those given, then those extended from
  std::vector<YamlProblem> problems;
};

// Any bytes give a reading; what cannot be understood is a problem.
ComposeReading ReadComposeFiles(const ComposeSources& sources);

}  // namespace fairlead::lint
