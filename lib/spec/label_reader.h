// LabelReader: the value of each label from the container, else the host's default, else the table.
//
// Why: what a bad value costs (a warning and the default, or the container) is one rule for all
// labels, and lives here. Also remembers what was written, so that contradictions are told only to
// people who wrote them and defaults adapt silently.
// Threads: none; lives as long as one ReadLabels call.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "spec/diagnostic.h"
#include "spec/label_value.h"

namespace fairlead::spec {

class LabelReader {
 public:
  using Texts = std::map<std::string, std::string>;

  // `labels` with "fairlead." in the keys, `host_defaults` without; both must outlive the reader.
  LabelReader(const Texts& labels, const Texts& host_defaults);

  // What the container itself says; nothing if it says nothing or nothing readable (which is
  // reported the first time). REQUIRES: `key` is in the table and T is the type of its kind.
  template <class T>
  std::optional<T> Written(std::string_view key) {
    return As<T>(WrittenValue(key));
  }

  // What holds: written, else the host's default, else the table's. Nothing if there is no default.
  template <class T>
  std::optional<T> InForce(std::string_view key) {
    return As<T>(ValueInForce(key));
  }

  // For labels whose table row has a fallback.
  template <class T>
  T Get(std::string_view key) {
    return *InForce<T>(key);
  }

  // The label is there, readable or not.
  bool IsPresent(std::string_view key) const;
  // The label is there and readable.
  bool IsWritten(std::string_view key) { return WrittenValue(key).has_value(); }

  // `key` is a label without "fairlead."; use ReportAs for any other subject.
  void Warn(std::string_view code, std::string_view key, std::string message, std::string hint);
  void Refuse(std::string_view code, std::string_view key, std::string message, std::string hint);
  void ReportAs(Severity severity, std::string_view code, std::string subject, std::string message,
                std::string hint);

  bool has_error() const { return has_error_; }
  // Ordered by subject, then code.
  std::vector<Diagnostic> TakeDiagnostics();

 private:
  template <class T>
  static std::optional<T> As(const std::optional<LabelValue>& value) {
    if (!value) return std::nullopt;
    return std::get<T>(*value);
  }
  // Of one rule: read, and complained about, once.
  struct Known {
    bool is_read = false;
    std::optional<LabelValue> value;
  };
  // The text of a label of ours, null without one.
  const std::string* Text(std::string_view key) const;
  const std::optional<LabelValue>& WrittenValue(std::string_view key);
  std::optional<LabelValue> ValueInForce(std::string_view key);
  std::string WhatHappensInstead(const LabelRule& rule) const;
  std::optional<LabelValue> Read(const LabelRule& rule, std::string_view text);

  std::vector<std::pair<std::string_view, const std::string*>> ours_;  // without "fairlead."
  const Texts& host_defaults_;
  std::vector<Known> written_;  // by the rule's place in the table
  std::vector<Diagnostic> diagnostics_;
  bool has_error_ = false;
};

}  // namespace fairlead::spec
