#include "lint/yaml_tree.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "lint/codes.h"

namespace fairlead::lint {
namespace {

constexpr std::size_t kDuplicatesTold = 20;

// Where the byte at `offset` stands, by counting.
Mark PlaceOf(std::string_view text, std::size_t offset, std::size_t file) {
  Mark mark{.file = file, .line = 1, .column = 1};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++mark.line;
      mark.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++mark.column;
    }
  }
  return mark;
}

// One parser and its present event, both freed.
class Events {
 public:
  explicit Events(std::string_view text) {
    is_open_ = yaml_parser_initialize(&parser_) == 1;
    if (!is_open_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Events() {
    Drop();
    if (is_open_) yaml_parser_delete(&parser_);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // Null when the text is not well formed.
  const yaml_event_t* Next() {
    Drop();
    has_event_ = is_open_ && yaml_parser_parse(&parser_, &event_) == 1;
    return has_event_ ? &event_ : nullptr;
  }
  const yaml_parser_t& parser() const { return parser_; }

 private:
  void Drop() {
    if (has_event_) yaml_event_delete(&event_);
    has_event_ = false;
  }
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool is_open_ = false;
  bool has_event_ = false;
};

std::string TextOf(const yaml_char_t* text) {
  return text ? std::string(reinterpret_cast<const char*>(text)) : std::string();
}

class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, std::size_t file) : text_(text), file_(file), events_(text) {}

  YamlTree Build() {
    while (const yaml_event_t* event = events_.Next()) {
      if (!Take(*event)) return Failed();
      if (event->type == YAML_STREAM_END_EVENT) return Finished();
    }
    TellSyntax();
    return Failed();
  }

 private:
  struct Open {
    std::shared_ptr<YamlNode> node;
    YamlPtr key;                      // of a mapping: read, and waiting for its value
    std::set<std::string> keys = {};  // of a mapping
    std::vector<YamlPtr> merged = {};
  };

  Mark MarkOf(const yaml_event_t& event) const {
    return {
        .file = file_, .line = event.start_mark.line + 1, .column = event.start_mark.column + 1};
  }
  bool Fail(Mark mark, std::string_view code, std::string message, std::string hint) {
    tree_.problems.push_back({.severity = spec::Severity::kError,
                              .mark = mark,
                              .code = code,
                              .message = std::move(message),
                              .hint = std::move(hint)});
    return false;
  }
  YamlTree Failed() {
    tree_.root = nullptr;
    return std::move(tree_);
  }
  YamlTree Finished() {
    if (documents_ != 1 || !tree_.root) {
      Fail({.file = file_}, codes::kYamlDocuments,
           documents_ > 1 ? "the file has more than one document" : "the file has no content",
           "write one document with `services:`");
      return Failed();
    }
    return std::move(tree_);
  }

  bool TooDeep(Mark mark) {
    return Fail(mark, codes::kYamlTooDeep,
                fmt::format("the file nests deeper than {} levels", kDepthMax), "flatten it");
  }

  // False when the file is refused.
  bool Take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        ++documents_;
        return true;
      case YAML_SCALAR_EVENT: {
        auto node = Make(event, YamlNode::Kind::kScalar, event.data.scalar.tag);
        node->text.assign(reinterpret_cast<const char*>(event.data.scalar.value),
                          event.data.scalar.length);
        node->is_plain = event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        Anchor(event.data.scalar.anchor, node);
        return Count(event) && Place(node);
      }
      case YAML_SEQUENCE_START_EVENT:
        return Begin(event, YamlNode::Kind::kSequence, event.data.sequence_start.tag,
                     event.data.sequence_start.anchor);
      case YAML_MAPPING_START_EVENT:
        return Begin(event, YamlNode::Kind::kMapping, event.data.mapping_start.tag,
                     event.data.mapping_start.anchor);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return End(event);
      case YAML_ALIAS_EVENT: {
        const auto found = anchors_.find(TextOf(event.data.alias.anchor));
        if (found == anchors_.end()) {
          return Fail(MarkOf(event), codes::kYamlSyntax,
                      "the alias *" + Printable(TextOf(event.data.alias.anchor), 80) +
                          " names no anchor that stands before it",
                      "write the anchor (&NAME) before its first use");
        }
        return Count(event) && Place(found->second);
      }
      default:
        return true;
    }
  }

  std::shared_ptr<YamlNode> Make(const yaml_event_t& event, YamlNode::Kind kind,
                                 const yaml_char_t* tag) const {
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->mark = MarkOf(event);
    node->tag = TextOf(tag);
    return node;
  }

  void Anchor(const yaml_char_t* name, const std::shared_ptr<YamlNode>& node) {
    if (name) anchors_[TextOf(name)] = node;
  }

  bool Count(const yaml_event_t& event) {
    if (++nodes_ <= kNodesMax) return true;
    return Fail(MarkOf(event), codes::kYamlTooLarge,
                fmt::format("the file has more than {} values", kNodesMax), "split it");
  }

  bool Begin(const yaml_event_t& event, YamlNode::Kind kind, const yaml_char_t* tag,
             const yaml_char_t* anchor) {
    if (!Count(event)) return false;
    if (open_.size() >= kDepthMax) return TooDeep(MarkOf(event));
    auto node = Make(event, kind, tag);
    // An alias inside itself finds no anchor: what is open has no value yet.
    if (anchor) opened_anchors_[node.get()] = TextOf(anchor);
    open_.push_back({.node = std::move(node), .key = nullptr});
    return true;
  }

  bool End(const yaml_event_t& event) {
    Open closed = std::move(open_.back());
    open_.pop_back();
    for (const YamlPtr& merged : closed.merged) {
      for (const auto& member : merged->members) {
        if (!closed.keys.insert(member.first->text).second) continue;
        if (!Count(event)) return false;
        closed.node->members.push_back(member);
      }
    }
    for (const YamlPtr& item : closed.node->items)
      closed.node->height = std::max(closed.node->height, item->height + 1);
    for (const auto& member : closed.node->members)
      closed.node->height = std::max(closed.node->height, member.second->height + 1);
    if (closed.node->height + open_.size() > kDepthMax) return TooDeep(closed.node->mark);
    if (const auto anchor = opened_anchors_.extract(closed.node.get()))
      anchors_[anchor.mapped()] = closed.node;
    return Place(closed.node);
  }

  // A finished value goes where the text is.
  bool Place(const YamlPtr& node) {
    if (open_.empty()) {
      tree_.root = node;
      return true;
    }
    Open& open = open_.back();
    if (open.node->kind == YamlNode::Kind::kSequence) {
      open.node->items.push_back(node);
      return true;
    }
    if (!open.key) {
      if (!node->is_scalar())
        return Fail(node->mark, codes::kComposeShape, "a key is no word", "write KEY: VALUE");
      open.key = node;
      return true;
    }
    const YamlPtr key = std::exchange(open.key, nullptr);
    if (key->text == "<<" && key->is_plain) return Merge(open, *key, node);
    if (open.keys.insert(key->text).second) {
      open.node->members.emplace_back(key, node);
    } else if (++duplicates_ <= kDuplicatesTold) {
      Fail(key->mark, codes::kYamlDuplicateKey,
           "the key \"" + Printable(key->text, 80) + "\" is written twice here",
           "keep one of them");
    }
    return true;
  }

  bool Merge(Open& open, const YamlNode& key, const YamlPtr& node) {
    const bool is_list = node->kind == YamlNode::Kind::kSequence;
    const std::vector<YamlPtr> sources = is_list ? node->items : std::vector<YamlPtr>{node};
    for (const YamlPtr& source : sources) {
      if (source->kind != YamlNode::Kind::kMapping)
        return Fail(key.mark, codes::kYamlSyntax, "only mappings can be merged by <<",
                    "write <<: *NAME of a mapping");
      open.merged.push_back(source);
    }
    return true;
  }

  void TellSyntax() {
    const yaml_parser_t& parser = events_.parser();
    const std::string problem = parser.problem ? parser.problem : "it cannot be read";
    Mark mark{.file = file_};
    if (parser.error == YAML_READER_ERROR) {
      mark = PlaceOf(text_, parser.problem_offset, file_);
    } else {
      // What runs to the end of the file began somewhere: there is where people have to look.
      const auto lines = static_cast<std::size_t>(std::ranges::count(text_, '\n'));
      const bool is_at_end = parser.context != nullptr && parser.problem_mark.line >= lines;
      const yaml_mark_t& place = is_at_end ? parser.context_mark : parser.problem_mark;
      mark.line = place.line + 1;
      mark.column = place.column + 1;
    }
    const std::string context = parser.context ? std::string(" ") + parser.context : "";
    Fail(mark, codes::kYamlSyntax, problem + context,
         parser.error == YAML_READER_ERROR ? "save the file as UTF-8 text"
                                           : "mend it there or just before");
  }

  const std::string_view text_;
  const std::size_t file_;
  Events events_;
  YamlTree tree_;
  std::vector<Open> open_;
  std::map<std::string, YamlPtr> anchors_;
  std::map<const YamlNode*, std::string> opened_anchors_;
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
  std::size_t duplicates_ = 0;
};

}  // namespace

bool YamlNode::is_null() const {
  return is_scalar() && is_plain && (text.empty() || text == "~" || text == "null");
}

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name->text == key) return value.get();
  }
  return nullptr;
}

YamlTree ReadYaml(std::string_view text, std::size_t file) {
  if (text.size() > kFileBytesMax) {
    YamlTree tree;
    tree.problems.push_back({.severity = spec::Severity::kError,
                             .mark = {.file = file},
                             .code = codes::kFileTooBig,
                             .message = "the file is larger than 1 MiB",
                             .hint = "no Compose file is; name the right one"});
    return tree;
  }
  return TreeBuilder(text, file).Build();
}

}  // namespace fairlead::lint
