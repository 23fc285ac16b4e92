#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "config/json_text.h"
#include "config/key_table.h"
#include "config/key_values.h"
#include "config/layers.h"
#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"

namespace fairlead::config {
namespace {

namespace codes = spec::codes;
using nlohmann::json;

class FileWalk {
 public:
  // `file` is printable.
  FileWalk(std::string file, KeyLines lines, std::vector<Setting>& settings,
           Diagnostics& diagnostics)
      : file_(std::move(file)),
        lines_(std::move(lines)),
        settings_(settings),
        diagnostics_(diagnostics) {}

  // REQUIRES: `object` nests at most kJsonDepthMax levels.
  void Walk(const json& object, const std::string& section) {
    for (const auto& [key, value] : object.items()) {
      const std::string path = section.empty() ? key : section + "." + key;
      const bool is_default = path.starts_with("defaults.");
      if (FindKey(path) != nullptr || (is_default && !value.is_object())) {
        Add(path, value);
      } else if (is_default || IsSection(path)) {
        EnterSection(value, path);
      } else {
        ReportUnknown(path);
      }
    }
  }

 private:
  void Report(std::string_view code, std::string path, std::string message, std::string hint) {
    diagnostics_.push_back({spec::Severity::kError, std::string(code), std::move(path),
                            std::move(message), std::move(hint)});
  }

  void Add(const std::string& path, const json& value) {
    for (const Setting& setting : settings_) {
      if (setting.path != path) continue;
      return Report(codes::kConfigDuplicateKey, Printable(path, 128),
                    "the key is written both with a dot and nested", "keep one of the two");
    }
    const auto line = lines_.find(path);
    std::string place = line == lines_.end() ? file_ : fmt::format("{}:{}", file_, line->second);
    settings_.push_back({path, Printable(path, 128), std::move(place), Origin::kFile, value});
  }

  void EnterSection(const json& value, const std::string& path) {
    if (value.is_object()) return Walk(value, path);
    Report(codes::kConfigWrongType, Printable(path, 128),
           fmt::format("it is {}, not an object", TypeName(value)),
           fmt::format("write {{\"{}\": {{ ... }}}}", path));
  }

  void ReportUnknown(const std::string& path) {
    auto guess = spec::DidYouMean(path, AllPaths());
    if (!guess) guess = spec::DidYouMean(path, Sections());  // "polcy": { ... }
    Report(codes::kConfigUnknownKey, Printable(path, 128), "no such key",
           guess ? fmt::format("did you mean {}?", *guess) : "see `fairleadd --help` for all keys");
  }

  const std::string file_;
  const KeyLines lines_;
  std::vector<Setting>& settings_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::vector<Setting> ReadFileLayer(const std::string& text, const std::string& file_path,
                                   Diagnostics& diagnostics) {
  std::vector<Setting> settings;
  KeyLines lines;
  const auto value = ParseJsonText(text, Printable(file_path), diagnostics, &lines);
  if (!value) return settings;
  if (!value->is_object()) {
    diagnostics.push_back({spec::Severity::kError, std::string(codes::kConfigWrongType),
                           Printable(file_path),
                           fmt::format("the file holds {}, not an object", TypeName(*value)),
                           "write { \"KEY\": VALUE, ... }, or {} for no settings"});
    return settings;
  }
  FileWalk(Printable(file_path), std::move(lines), settings, diagnostics).Walk(*value, "");
  return settings;
}

}  // namespace fairlead::config
