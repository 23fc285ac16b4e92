#include "filesink/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"

namespace fairlead::filesink {
namespace {

constexpr std::size_t kWordBytesShown = 32;

// Places in a template; indices of Word::where.
constexpr int kOutside = 0;
constexpr int kInServices = 1;
constexpr int kInEndpoints = 2;
constexpr int kInNone = 3;

}  // namespace

const std::string_view kNginxUpstreams =
    R"(# Written by fairlead. What is changed here is lost.
{{#services}}
upstream {{name}} {
{{#endpoints}}
    server {{address}} weight={{weight}} fail_timeout=1s;
{{/endpoints}}
{{^endpoints}}
    server 127.0.0.1:1 down;
{{/endpoints}}
    keepalive 64;
}
{{/services}}
)";

struct Template::Word {
  std::string_view word;
  Tag tag;
  std::array<bool, 4> where;  // whether it may stand outside, in services, in endpoints, in none
  std::optional<int> next;    // of a section's tag: the place that follows it
};

const Template::Word* Template::Find(std::string_view word) {
  static constexpr auto kWords = std::to_array<Word>({
      {"#services", Tag::kServices, {true, false, false, false}, kInServices},
      {"/services", Tag::kServicesEnd, {false, true, false, false}, kOutside},
      {"#endpoints", Tag::kEndpoints, {false, true, false, false}, kInEndpoints},
      {"^endpoints", Tag::kNoEndpoints, {false, true, false, false}, kInNone},
      {"/endpoints", Tag::kEndpointsEnd, {false, false, true, true}, kInServices},
      {"name", Tag::kName, {false, true, true, true}, std::nullopt},
      {"service", Tag::kService, {false, true, true, true}, std::nullopt},
      {"project", Tag::kProject, {false, true, true, true}, std::nullopt},
      {"address", Tag::kAddress, {false, false, true, false}, std::nullopt},
      {"ip", Tag::kIp, {false, false, true, false}, std::nullopt},
      {"port", Tag::kPort, {false, false, true, false}, std::nullopt},
      {"weight", Tag::kWeight, {false, false, true, false}, std::nullopt},
  });
  for (const Word& known : kWords) {
    if (known.word == word) return &known;
  }
  return nullptr;
}

namespace {

// Where the text goes on after a section's tag that stands alone in its line, `begin` to `end`;
// nothing when it does not.
std::optional<std::size_t> AfterLine(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t before = text.substr(0, begin).find_last_not_of(kBlanks);
  if (before != std::string_view::npos && text[before] != '\n') return std::nullopt;
  const std::size_t after = text.find_first_not_of(kBlanks, end);
  if (after == std::string_view::npos) return text.size();
  return text[after] == '\n' ? std::optional(after + 1) : std::nullopt;
}

int LineOf(std::string_view text, std::size_t at) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
}

}  // namespace

Result<Template> Template::Parse(std::string_view text) {
  Template parsed;
  int place = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = std::min(text.find("{{", at), text.size());
    std::string before(text.substr(at, open - at));
    const auto fail = [&](std::string_view what) {
      return Fail(Code::kInvalidArgument,
                  fmt::format("template, line {}: {}", LineOf(text, open), what));
    };
    at = open;
    const Word* known = nullptr;
    if (open < text.size()) {
      const std::size_t close = text.find("}}", open);
      if (close == std::string_view::npos) return fail("{{ without }}");
      const std::string_view word = text.substr(open + 2, close - open - 2);
      known = Find(word);
      if (known == nullptr) {
        return fail(fmt::format("{{{{{}}}}} is no tag; manifests/README.md has them",
                                Printable(word, kWordBytesShown)));
      }
      if (!known->where.at(static_cast<std::size_t>(place)))
        return fail(fmt::format("{{{{{}}}}} means nothing in this place", known->word));
      at = close + 2;
      if (const auto next = known->next ? AfterLine(text, open, at) : std::nullopt) {
        before.resize(before.find_last_not_of(" \t") + 1);
        at = *next;
      }
      place = known->next.value_or(place);
    }
    if (!before.empty()) parsed.pieces_.push_back({Tag::kText, std::move(before)});
    if (known != nullptr) parsed.pieces_.push_back({known->tag, ""});
  }
  if (place == kOutside) return parsed;
  return Fail(Code::kInvalidArgument, fmt::format("template: it ends inside {}",
                                                  place == kInServices ? "services" : "endpoints"));
}

std::size_t Template::EndOf(std::size_t begin) const {
  const Tag wanted = pieces_[begin].tag == Tag::kServices ? Tag::kServicesEnd : Tag::kEndpointsEnd;
  std::size_t end = begin + 1;
  while (pieces_[end].tag != wanted) ++end;
  return end;
}

void Template::RenderService(std::size_t begin, std::size_t end, const PageService& service,
                             std::string& out) const {
  const auto put = [&](const Piece& piece, const PageServer* server) {
    switch (piece.tag) {
      case Tag::kText:
        out += piece.text;
        break;
      case Tag::kName:
        out += service.name.Text();
        break;
      case Tag::kService:
        out += service.name.service;
        break;
      case Tag::kProject:
        out += service.name.project;
        break;
      case Tag::kAddress:
        out += server->Text();
        break;
      case Tag::kIp:
        out += server->ip;
        break;
      case Tag::kPort:
        out += fmt::format("{}", server->port);
        break;
      case Tag::kWeight:
        out += fmt::format("{}", server->weight);
        break;
      default:
        break;
    }
  };
  const auto put_all = [&](std::size_t from, std::size_t to, const PageServer* server) {
    for (std::size_t i = from; i < to; ++i) put(pieces_[i], server);
  };
  for (std::size_t i = begin; i < end; ++i) {
    const Tag tag = pieces_[i].tag;
    if (tag != Tag::kEndpoints && tag != Tag::kNoEndpoints) {
      put(pieces_[i], nullptr);
      continue;
    }
    const std::size_t section_end = EndOf(i);
    if (tag == Tag::kEndpoints) {
      for (const PageServer& server : service.servers) put_all(i + 1, section_end, &server);
    } else if (service.servers.empty()) {
      put_all(i + 1, section_end, nullptr);
    }
    i = section_end;
  }
}

std::string Template::Render(const Page& page) const {
  std::string out;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].tag != Tag::kServices) {
      out += pieces_[i].text;
      continue;
    }
    const std::size_t end = EndOf(i);
    for (const PageService& service : page.services) RenderService(i + 1, end, service, out);
    i = end;
  }
  return out;
}

}  // namespace fairlead::filesink
