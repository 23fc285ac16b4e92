#include "cli/show_explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace fairlead::cli {
namespace {

constexpr std::size_t kCallKeyColumns = std::string_view("to its service").size();

// "  KEY  text", wrapped under its own beginning.
std::string Line(std::string_view key, const std::string& text, std::size_t key_columns) {
  const std::size_t indent = key_columns + 4;
  return fmt::format("  {:<{}}  {}\n", Printable(key, 64), key_columns,
                     Wrapped(text, {.indent = indent, .used = indent}));
}

// "in 12s", "12s ago"
std::string When(std::int64_t seconds, std::int64_t now) {
  return seconds > now ? "in " + Age(seconds - now) : Age(now - seconds) + " ago";
}

std::string Titled(std::string_view title, const std::string& lines) {
  return lines.empty() ? "" : fmt::format("{}\n{}", title, lines);
}

template <class Messages, class Key>
std::size_t KeyColumns(const Messages& messages, Key key) {
  std::size_t columns = 0;
  for (const auto& one : messages) columns = std::max(columns, key(one).size());
  return std::min<std::size_t>(columns, 32);
}

template <class Measures>
std::string MeasureLines(const Measures& measures) {
  const auto key = [](const pb::Measure& one) { return one.what(); };
  const std::size_t columns = KeyColumns(measures, key);
  std::string lines;
  for (const pb::Measure& one : measures)
    lines += Line(one.what(), one.value() + " [" + one.source() + "]", columns);
  return lines;
}

// "120.5/s, 3 open; told 2s ago by 4 clients"; empty where nobody reports.
std::string LoadLine(std::string_view key, const pb::CallLoad& load, std::int64_t now,
                     std::size_t key_columns) {
  if (load.client_count() == 0) return "";
  return Line(key,
              fmt::format("{}; told {} by {} client{}", CallsText(load),
                          When(std::min<std::int64_t>(load.time().seconds(), now), now),
                          load.client_count(), load.client_count() == 1 ? "" : "s"),
              key_columns);
}

std::string SightLines(const pb::ReplicaExplanation& one) {
  const auto key = [](const pb::Sight& sight) { return sight.viewer(); };
  const std::size_t columns = KeyColumns(one.sights(), key);
  std::string lines;
  for (const pb::Sight& sight : one.sights()) {
    const std::string told = sight.address().empty() ? "left out for them" : sight.address();
    lines += Line(sight.viewer(), told + " [" + sight.source() + "]", columns);
  }
  return lines;
}

std::string CheckLines(const pb::ReplicaExplanation& one, std::int64_t now) {
  std::string lines;
  for (const pb::Check& check : one.checks()) {
    const double milliseconds = static_cast<double>(check.latency().seconds()) * 1e3 +
                                static_cast<double>(check.latency().nanos()) / 1e6;
    lines += fmt::format("  {:<16}  {:>9.1f}ms  {}\n", CodeOf(check.check_class()), milliseconds,
                         When(check.time().seconds(), now));
  }
  return lines;
}

std::string HoldLines(const pb::ReplicaExplanation& one, std::int64_t now, TableStyle style) {
  const auto key = [](const pb::WeighedHold& hold) { return hold.code(); };
  const std::size_t columns = KeyColumns(one.holds(), key);
  std::string lines;
  for (const pb::WeighedHold& hold : one.holds()) {
    const std::string verdict =
        hold.holds() ? Coloured("forbids", Colour::kBad, style.colour) : "no     ";
    std::string text = hold.measured();
    if (hold.has_until_time()) text += "; until " + When(hold.until_time().seconds(), now);
    if (!hold.advice().empty()) text += "; to do: " + hold.advice();
    const std::size_t indent = columns + 13;
    lines += fmt::format("  {:<{}}  {}  {}\n", Printable(hold.code(), 64), columns, verdict,
                         Wrapped(text, {.indent = indent, .used = indent}));
  }
  return lines;
}

std::string ActLines(const pb::ReplicaExplanation& one, std::int64_t now) {
  std::string lines;
  for (const pb::PastAct& act : one.acts()) {
    std::string text = fmt::format("{} by {}, because of {}: {}", act.act(), act.actor(),
                                   act.cause(), act.state());
    if (!act.outcome().empty()) text += ": " + act.outcome();
    if (!act.verified().empty()) text += "; then: " + act.verified();
    if (!act.evidence().empty()) text += "; checks before it: " + act.evidence();
    lines += Line(When(act.time().seconds(), now), text, 8);
  }
  return lines;
}

std::string NextLine(const pb::NextStep& next, std::int64_t now) {
  std::string text = next.state() + ": " + next.text();
  if (next.has_time()) text += "; not before " + When(next.time().seconds(), now);
  return Line("next", text, 4);
}

std::string Heading(const pb::ReplicaExplanation& one, std::int64_t now, TableStyle style) {
  const pb::Replica& replica = one.replica();
  const std::string code = RotationText(replica);
  return fmt::format(
      "{}  {} for {}\n", Printable(replica.display_name()),
      Coloured(Printable(code), replica.in_rotation() ? Colour::kGood : Colour::kBad, style.colour),
      Age(now - replica.rotation_since().seconds()));
}

// What is said of one of many: the heading, the reason, what comes next and what forbids it.
std::string Short(const pb::ReplicaExplanation& one, std::int64_t now, TableStyle style) {
  std::string text =
      Heading(one, now, style) + Line("why", one.rotation(), 4) + NextLine(one.next(), now);
  const bool is_about_to = one.next().state().starts_with("held") ||
                           one.next().state().starts_with("gave-up") ||
                           one.next().state() == "backing-off";
  if (is_about_to && one.holds_size() > 0) {
    const pb::WeighedHold& hold = one.holds(0);
    text += Line("", hold.measured() + "; to do: " + hold.advice(), 4);
  }
  return text;
}

std::string Full(const pb::Explanation& all, const pb::ReplicaExplanation& one, std::int64_t now,
                 TableStyle style) {
  const pb::Replica& replica = one.replica();
  std::string text =
      Heading(one, now, style) + Line("why", one.rotation(), 4) + NextLine(one.next(), now);
  text += Line("is",
               fmt::format("{}, {}, {}; intent {}; container {} of {}", replica.presence(),
                           replica.readiness(), replica.liveness(), replica.intent(),
                           replica.container_name(), replica.image()),
               4);
  if (!replica.departure().empty())
    text += Line("end", replica.departure() + ": " + replica.departure_evidence(), 4);
  text += Titled("\ncalls, as clients report them",
                 LoadLine("to it", one.load(), now, kCallKeyColumns) +
                     LoadLine("to its service", all.service().load(), now, kCallKeyColumns));
  text += Titled("\nmeasured", MeasureLines(one.measures()));
  text += Titled("\nits service and this host", MeasureLines(all.measures()));
  text += Titled("\nwhile it is in rotation, told to", SightLines(one));
  text += Titled("\nwhat may forbid a repair, in this order", HoldLines(one, now, style));
  text += Titled("\nchecks, newest first", CheckLines(one, now));
  text += Titled("\nacts, newest first", ActLines(one, now));
  return text;
}

}  // namespace

std::string ShowExplanation(const pb::Explanation& explanation, std::int64_t now,
                            TableStyle style) {
  if (explanation.replicas_size() == 1)
    return Full(explanation, explanation.replicas(0), now, style);
  const pb::Service& service = explanation.service();
  std::string text = fmt::format("{}  {} of {} in rotation\n",
                                 Printable(service.service() + "." + service.project(), 160),
                                 service.in_rotation_count(), service.replica_count());
  text += LoadLine("calls", service.load(), now, 5);
  text += MeasureLines(explanation.measures());
  for (const pb::ReplicaExplanation& one : explanation.replicas())
    text += "\n" + Short(one, now, style);
  return text;
}

}  // namespace fairlead::cli
