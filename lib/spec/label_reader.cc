#include "spec/label_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/check.h"
#include "base/text.h"
#include "spec/diagnostic_codes.h"
#include "spec/words.h"

namespace fairlead::spec {
namespace {

const LabelRule& RuleOf(std::string_view key) {
  const LabelRule* rule = FindLabel(key);
  CHECK(rule != nullptr);
  return *rule;
}

std::size_t PlaceOf(const LabelRule& rule) {
  return static_cast<std::size_t>(&rule - LabelTable().data());
}

// The table's default; nothing where there is none. Each is read once.
const std::optional<LabelValue>& Fallback(const LabelRule& rule) {
  static const std::vector<std::optional<LabelValue>> kFallbacks = [] {
    std::vector<std::optional<LabelValue>> read;
    for (const LabelRule& each : LabelTable()) {
      std::optional<LabelValue>& value = read.emplace_back();
      if (each.fallback.empty()) continue;
      auto parsed = ParseLabelValue(each, each.fallback);
      CHECK(parsed.has_value());
      value = *std::move(parsed);
    }
    return read;
  }();
  return kFallbacks[PlaceOf(rule)];
}

std::string HintWithout(const LabelRule& rule) {
  if (rule.kind != LabelKind::kChoice) {
    return "remove the label until a version that says so in its changelog";
  }
  const auto idle = SplitList(rule.not_in_force);
  std::string acted_on;
  for (const std::string_view word : SplitList(rule.choices)) {
    if (std::find(idle.begin(), idle.end(), word) != idle.end()) continue;
    acted_on += acted_on.empty() ? "" : ",";
    acted_on += word;
  }
  return fmt::format("write {}", OneOf(acted_on));
}

}  // namespace

LabelReader::LabelReader(const Texts& labels, const Texts& host_defaults)
    : host_defaults_(host_defaults), written_(LabelTable().size()) {
  for (auto label = labels.lower_bound(std::string(kLabelPrefix));
       label != labels.end() && label->first.starts_with(kLabelPrefix); ++label) {
    ours_.emplace_back(std::string_view(label->first).substr(kLabelPrefix.size()), &label->second);
  }
}

const std::string* LabelReader::Text(std::string_view key) const {
  const auto found = std::ranges::find(ours_, key, [](const auto& label) { return label.first; });
  return found == ours_.end() ? nullptr : found->second;
}

std::string LabelReader::WhatHappensInstead(const LabelRule& rule) const {
  if (rule.is_vital) return "the container is not managed";
  if (rule.host_default) {
    const auto host = host_defaults_.find(std::string(rule.key));
    if (host != host_defaults_.end() && ParseLabelValue(rule, host->second)) {
      return fmt::format("using this host's default ({})", Printable(host->second, 64));
    }
  }
  const std::string_view shown = rule.fallback_words.empty() ? rule.fallback : rule.fallback_words;
  return fmt::format("using the default ({})", shown);
}

std::optional<LabelValue> LabelReader::Read(const LabelRule& rule, std::string_view text) {
  auto value = ParseLabelValue(rule, text);
  const Severity severity = rule.is_vital ? Severity::kError : Severity::kWarning;
  const std::string subject = fmt::format("{}{}", kLabelPrefix, rule.key);
  if (!value) {
    const LabelProblem& problem = value.error();
    ReportAs(severity, problem.code, subject,
             fmt::format("{}; {}", problem.message, WhatHappensInstead(rule)), problem.hint);
    return std::nullopt;
  }
  if (!IsInForce(rule, *value)) {
    ReportAs(severity, codes::kLabelNotInForce, subject,
             fmt::format("{} is understood, but this version does not act on it{}", Quoted(text),
                         rule.is_vital ? "; the container is not managed" : ""),
             HintWithout(rule));
  }
  return *std::move(value);
}

const std::optional<LabelValue>& LabelReader::WrittenValue(std::string_view key) {
  const LabelRule& rule = RuleOf(key);
  Known& known = written_[PlaceOf(rule)];
  if (!known.is_read) {
    known.is_read = true;
    if (const std::string* text = Text(key)) known.value = Read(rule, *text);
  }
  return known.value;
}

bool LabelReader::IsPresent(std::string_view key) const {
  return Text(key) != nullptr;
}

std::optional<LabelValue> LabelReader::ValueInForce(std::string_view key) {
  if (const auto& written = WrittenValue(key)) return written;
  const LabelRule& rule = RuleOf(key);
  if (rule.host_default && !host_defaults_.empty()) {
    const auto host = host_defaults_.find(std::string(key));
    if (host != host_defaults_.end()) {
      // A bad host default was already refused where the host's config is read.
      auto value = ParseLabelValue(rule, host->second);
      if (value && IsInForce(rule, *value)) return *std::move(value);
    }
  }
  return Fallback(rule);
}

void LabelReader::Warn(std::string_view code, std::string_view key, std::string message,
                       std::string hint) {
  ReportAs(Severity::kWarning, code, fmt::format("{}{}", kLabelPrefix, key), std::move(message),
           std::move(hint));
}

void LabelReader::Refuse(std::string_view code, std::string_view key, std::string message,
                         std::string hint) {
  ReportAs(Severity::kError, code, fmt::format("{}{}", kLabelPrefix, key), std::move(message),
           std::move(hint));
}

void LabelReader::ReportAs(Severity severity, std::string_view code, std::string subject,
                           std::string message, std::string hint) {
  has_error_ = has_error_ || severity == Severity::kError;
  diagnostics_.push_back(
      {severity, std::string(code), std::move(subject), std::move(message), std::move(hint)});
}

std::vector<Diagnostic> LabelReader::TakeDiagnostics() {
  std::sort(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.subject, a.code, a.message) < std::tie(b.subject, b.code, b.message);
  });
  return std::move(diagnostics_);
}

}  // namespace fairlead::spec
