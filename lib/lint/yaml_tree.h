// YamlTree: the text of one YAML file as values with their places. Pure.
//
// Why libyaml's events and not a library's tree: events carry the place of each key and value, come
// one by one however deep the text nests, and an alias stays a pointer, so that a few lines cannot
// become gigabytes. A tower of aliases counts as depth. Bounds: kFileBytesMax, kDepthMax,
// kNodesMax. YAML as Compose reads it: one document, merge keys (`<<`), tags kept as text, scalars
// as text.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/finding.h"

namespace fairlead::lint {

inline constexpr std::size_t kFileBytesMax = 1U << 20;  // real files have kilobytes
inline constexpr std::size_t kDepthMax = 64;            // Compose needs about ten
inline constexpr std::size_t kNodesMax = 100'000;       // merged members count, too

struct YamlNode;
using YamlPtr = std::shared_ptr<const YamlNode>;

struct YamlNode {
  enum class Kind { kScalar, kSequence, kMapping };
  Kind kind = Kind::kScalar;
  Mark mark;
  std::size_t height = 1;           // levels from here down, aliases followed
  std::string tag = {};             // "!reset"; empty without one
  std::string text = {};            // of a scalar
  bool is_plain = false;            // a scalar without quotes
  std::vector<YamlPtr> items = {};  // of a sequence
  // Of a mapping, in order, without repeats; own keys before merged ones.
  std::vector<std::pair<YamlPtr, YamlPtr>> members = {};

  bool is_scalar() const { return kind == Kind::kScalar; }
  // Nothing was written, or null.
  bool is_null() const;
  // The value of a key of a mapping; null without one, and for what is no mapping.
  const YamlNode* Find(std::string_view key) const;
};

struct YamlProblem {
  spec::Severity severity = spec::Severity::kError;
  Mark mark;
  std::string_view code;  // lint/codes.h
  std::string message;
  std::string hint;
};

struct YamlTree {
  YamlPtr root;  // null when a problem prevents it
  std::vector<YamlProblem> problems;
};

// Any bytes give a tree or a problem. `file`: for the marks.
YamlTree ReadYaml(std::string_view text, std::size_t file);

}  // namespace fairlead::lint
