#include "lint/compose_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "lint/codes.h"

namespace fairlead::lint {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kProblemsMax = 200;  // more are one mistake, made often

std::string Named(std::string_view text) {
  return "\"" + Printable(text, 80) + "\"";
}

std::optional<int> WholeNumber(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "8080:80", "127.0.0.1:8080:80/tcp", "3000-3005": the container's ports; nothing for UDP and for
// what Compose itself refuses.
std::vector<std::uint16_t> PortsOf(std::string_view text) {
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    if (text.substr(slash + 1) != "tcp") return {};
    text = text.substr(0, slash);
  }
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos)
    text.remove_prefix(colon + 1);
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto first = WholeNumber(text.substr(0, dash));
  const auto last = dash == text.size() ? first : WholeNumber(text.substr(dash + 1));
  std::vector<std::uint16_t> ports;
  if (!first || !last || *first < 1 || *last > 65535) return ports;
  for (int port = *first; port <= *last && ports.size() < kPortsMax; ++port)
    ports.push_back(static_cast<std::uint16_t>(port));
  return ports;
}

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

class Reader {
 public:
  explicit Reader(const ComposeSources& sources) : sources_(sources) {}

  ComposeReading Read() {
    for (const ComposeSources::File& file : sources_.files) Open(file.name, file.text);
    const std::size_t given = roots_.size();
    for (std::size_t index = 0; index < given; ++index) {
      if (const YamlPtr root = roots_[index]) ReadRoot(*root, index);
    }
    return std::move(reading_);
  }

 private:
  void Tell(Mark mark, std::string_view code, std::string message, std::string hint,
            spec::Severity severity = spec::Severity::kError) {
    if (reading_.problems.size() >= kProblemsMax) return;
    reading_.problems.push_back({.severity = severity,
                                 .mark = mark,
                                 .code = code,
                                 .message = std::move(message),
                                 .hint = std::move(hint)});
  }
  void TellShape(const YamlNode& node, std::string_view what, std::string_view wanted) {
    Tell(node.mark, codes::kComposeShape, fmt::format("{} is not {}", what, wanted),
         "see the Compose file reference");
  }

  // False when the files say so much, by aliases, that no more is looked at.
  bool MayTake(const YamlNode& node) {
    if (++taken_ <= kNodesMax) return true;
    if (taken_ == kNodesMax + 1) {
      Tell(node.mark, codes::kYamlTooLarge,
           fmt::format("the services have more than {} labels, ports and networks together",
                       kNodesMax),
           "split the file");
    }
    return false;
  }

  std::size_t Open(const std::string& name, std::string_view text) {
    const std::size_t index = roots_.size();
    reading_.file_names.push_back(name);
    YamlTree tree = ReadYaml(text, index);
    for (YamlProblem& problem : tree.problems) {
      if (reading_.problems.size() < kProblemsMax) reading_.problems.push_back(std::move(problem));
    }
    roots_.push_back(std::move(tree.root));
    return index;
  }

  void ReadRoot(const YamlNode& root, std::size_t file) {
    if (root.kind != Kind::kMapping) return TellShape(root, "the file", "a mapping");
    if (const YamlNode* name = root.Find("name"); name && name->is_scalar())
      reading_.project.name = Text(*name).text;
    ReadNetworkNames(root);
    if (const YamlNode* include = root.Find("include")) {
      Tell(include->mark, codes::kComposeInclude, "included files are not looked at",
           "lint them, too", spec::Severity::kWarning);
    }
    const YamlNode* services = root.Find("services");
    if (!services) {
      if (reading_.file_names.size() == 1)
        Tell({.file = file}, codes::kComposeShape, "there are no `services`",
             "write services: with the containers below it");
      return;
    }
    if (services->kind != Kind::kMapping) {
      if (!services->is_null()) TellShape(*services, "`services`", "a mapping");
      return;
    }
    for (const auto& [name, node] : services->members) {
      if (node->kind != Kind::kMapping) {
        TellShape(*node, "the service " + Named(name->text), "a mapping");
        continue;
      }
      ComposeService& service = reading_.project.services[name->text];
      service.name = name->text;
      service.mark = name->mark;
      Apply(*node, file, 0, service);
    }
  }

  void ReadNetworkNames(const YamlNode& root) {
    const YamlNode* networks = root.Find("networks");
    if (!networks) return;
    for (const auto& [name, node] : networks->members) {
      if (const YamlNode* own = node->Find("name"); own && own->is_scalar())
        reading_.project.networks[name->text] = Text(*own).text;
    }
  }

  // A scalar with its variables put in.
  Placed Text(const YamlNode& node) {
    Interpolated done = Interpolate(node.text, sources_.variables);
    for (const std::string& name : done.unset) {
      Tell(node.mark, codes::kVariableUnset,
           fmt::format("the variable {} is not set: Compose puts nothing in its place",
                       Printable(name, 80)),
           fmt::format("set it, or write ${{{}:-default}}", Printable(name, 80)),
           spec::Severity::kWarning);
    }
    return {.text = std::move(done.text), .mark = node.mark};
  }

  void Set(const YamlNode& service, std::string_view key, std::optional<Placed>& out) {
    const YamlNode* node = service.Find(key);
    if (!node) return;
    if (node->tag == "!reset") {
      out.reset();
    } else if (!node->is_scalar()) {
      TellShape(*node, Named(key), "one value");
    } else if (!node->is_null()) {
      out = Text(*node);
    }
  }

  void Apply(const YamlNode& node, std::size_t file, std::size_t depth, ComposeService& service) {
    if (const YamlNode* extends = node.Find("extends"); extends && !extends->is_null())
      Extend(*extends, file, depth, service);
    if (const YamlNode* labels = node.Find("labels")) ApplyLabels(*labels, service);
    if (const YamlNode* file_node = node.Find("label_file")) {
      Tell(file_node->mark, codes::kComposeLabelFile, "labels of a label_file are not looked at",
           "lint that file, too", spec::Severity::kWarning);
    }
    ApplyPorts(node.Find("expose"), service);
    ApplyPorts(node.Find("ports"), service);
    ApplyNetworks(node.Find("networks"), service);
    Set(node, "network_mode", service.network_mode);
    Set(node, "container_name", service.container_name);
    Set(node, "scale", service.replicas);
    Set(node, "stop_grace_period", service.stop_grace_period);
    Set(node, "restart", service.restart);
    ApplyDeploy(node.Find("deploy"), service);
    ApplyHealthcheck(node.Find("healthcheck"), service);
  }

  // "name", or {service: name, file: path}.
  void Extend(const YamlNode& node, std::size_t file, std::size_t depth, ComposeService& service) {
    const YamlNode* name = node.is_scalar() ? &node : node.Find("service");
    const YamlNode* path = node.Find("file");
    if (!name || !name->is_scalar() || (path && !path->is_scalar()))
      return TellShape(node, "`extends`", "a service, with or without its file");
    if (depth >= kExtendsDepthMax) {
      Tell(node.mark, codes::kComposeExtends,
           fmt::format("services extend one another more than {} times", kExtendsDepthMax),
           "let no service extend itself");
      return;
    }
    std::size_t from = file;
    if (path) {
      const auto opened = OpenOther(*path, file);
      if (!opened) return;
      from = *opened;
    }
    const YamlNode* services = roots_[from] ? roots_[from]->Find("services") : nullptr;
    const std::string wanted = Text(*name).text;
    const YamlNode* base = services ? services->Find(wanted) : nullptr;
    if (!base || base->kind != Kind::kMapping) {
      if (roots_[from]) {
        Tell(name->mark, codes::kComposeExtends,
             fmt::format("{} has no service {}", Printable(reading_.file_names[from]),
                         Named(wanted)),
             "name one of its services");
      }
      return;
    }
    Apply(*base, from, depth + 1, service);
  }

  std::optional<std::size_t> OpenOther(const YamlNode& path, std::size_t file) {
    const std::string written = Text(path).text;
    const std::string full =
        written.starts_with('/') ? written : DirectoryOf(reading_.file_names[file]) + written;
    const auto known = std::ranges::find(reading_.file_names, full);
    if (known != reading_.file_names.end())
      return static_cast<std::size_t>(known - reading_.file_names.begin());
    Result<std::string> text =
        roots_.size() >= kFilesMax
            ? Result<std::string>(fairlead::Fail(Code::kResourceExhausted, "too many files"))
        : !sources_.read ? Result<std::string>(fairlead::Fail(Code::kUnavailable, "not read"))
                         : sources_.read(full);
    if (!text) {
      Tell(path.mark, codes::kComposeExtends,
           fmt::format("{}: {}", Printable(full), text.error().message),
           "name a file that can be read, relative to this one");
      return std::nullopt;
    }
    return Open(full, *text);
  }

  void ApplyLabels(const YamlNode& node, ComposeService& service) {
    if (node.tag == "!reset" || node.tag == "!override") service.labels.clear();
    if (node.tag == "!reset" || node.is_null()) return;
    if (node.kind == Kind::kMapping) {
      for (const auto& [key, value] : node.members) {
        if (!MayTake(*key)) return;
        if (!value->is_scalar()) {
          TellShape(*value, "the label " + Named(key->text), "one value");
          continue;
        }
        const std::string text = value->is_null() ? "" : Text(*value).text;
        service.labels[key->text] = {.text = text, .mark = key->mark};
      }
    } else if (node.kind == Kind::kSequence) {
      for (const YamlPtr& item : node.items) {
        if (!MayTake(*item)) return;
        if (!item->is_scalar()) {
          TellShape(*item, "a label", "KEY=VALUE");
          continue;
        }
        const Placed label = Text(*item);
        const std::size_t equals = std::min(label.text.find('='), label.text.size());
        service.labels[label.text.substr(0, equals)] = {
            .text = label.text.substr(std::min(equals + 1, label.text.size())), .mark = item->mark};
      }
    } else {
      TellShape(node, "`labels`", "a list of KEY=VALUE or a mapping");
    }
  }

  void ApplyPorts(const YamlNode* node, ComposeService& service) {
    if (!node || node->is_null()) return;
    if (node->tag == "!reset" || node->tag == "!override") service.ports.clear();
    if (node->kind != Kind::kSequence) {
      if (node->tag != "!reset") TellShape(*node, "a list of ports", "a list");
      return;
    }
    for (const YamlPtr& item : node->items) {
      const YamlNode* target = item->is_scalar() ? item.get() : item->Find("target");
      const YamlNode* protocol = item->Find("protocol");
      if (!target || !target->is_scalar() || (protocol && protocol->text != "tcp")) continue;
      for (const std::uint16_t port : PortsOf(Text(*target).text)) {
        if (service.ports.size() >= kPortsMax || !MayTake(*item)) return;
        service.ports.insert(port);
      }
    }
  }

  void ApplyNetworks(const YamlNode* node, ComposeService& service) {
    if (!node) return;
    if (node->tag == "!reset" || node->tag == "!override") service.networks.clear();
    for (const YamlPtr& item : node->items) {
      if (!MayTake(*item)) return;
      if (item->is_scalar()) service.networks.insert(Text(*item).text);
    }
    for (const auto& member : node->members) {
      if (!MayTake(*member.first)) return;
      service.networks.insert(member.first->text);
    }
  }

  void ApplyDeploy(const YamlNode* node, ComposeService& service) {
    if (!node || node->kind != Kind::kMapping) return;
    Set(*node, "replicas", service.replicas);
    const YamlNode* labels = node->Find("labels");
    if (!labels) return;
    for (const auto& member : labels->members) {
      if (!MayTake(*member.first)) return;
      service.deploy_labels.try_emplace(member.first->text, member.first->mark);
    }
    for (const YamlPtr& item : labels->items) {
      if (!MayTake(*item)) return;
      service.deploy_labels.try_emplace(item->text.substr(0, item->text.find('=')), item->mark);
    }
  }

  void ApplyHealthcheck(const YamlNode* node, ComposeService& service) {
    if (!node || node->kind != Kind::kMapping) return;
    if (!service.healthcheck) service.healthcheck.emplace();
    ComposeHealthcheck& check = *service.healthcheck;
    check.mark = node->mark;
    if (const YamlNode* test = node->Find("test")) {
      const YamlNode* first = test->items.empty() ? test : test->items.front().get();
      check.test = Placed{.text = first->text, .mark = test->mark};
      check.is_disabled = first->text == "NONE";
    }
    if (const YamlNode* disable = node->Find("disable"))
      check.is_disabled = disable->text == "true";
    Set(*node, "start_period", check.start_period);
  }

  const ComposeSources& sources_;
  ComposeReading reading_;
  std::size_t taken_ = 0;  // labels, ports and networks, also those of one alias again and again
  std::vector<YamlPtr> roots_;  // by Mark::file; null where the file is refused
};

}  // namespace

ComposeReading ReadComposeFiles(const ComposeSources& sources) {
  return Reader(sources).Read();
}

}  // namespace fairlead::lint
