#include "http/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "http/target.h"

namespace fairlead::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr auto kMethods =
    std::to_array<std::string_view>({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"});

std::unexpected<Refusal> Refuse(unsigned status, Code code, std::string message,
                                std::string_view limit = {}) {
  return std::unexpected(
      Refusal{.status = status, .code = code, .message = std::move(message), .limit = limit});
}

std::unexpected<Refusal> Malformed(std::string_view why) {
  return Refuse(400, Code::kInvalidArgument, "read the request: " + std::string(why));
}

bool IsToken(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// The next line of `text`, which it is taken from; nothing without its end.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const std::size_t end = text.find(kLineEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + kLineEnd.size());
  return line;
}

bool IsFieldText(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

std::expected<bool, Refusal> ReadRequestLine(std::string_view line, const Limits& limits,
                                             Head& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || !IsToken(line.substr(0, first)))
    return Malformed("the first line is not METHOD PATH HTTP/1.1");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (!version.starts_with("HTTP/")) return Malformed("the first line does not end in HTTP/1.1");
    return Refuse(505, Code::kUnimplemented, "read the request: only HTTP/1.1 is spoken here");
  }
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    return Refuse(501, Code::kUnimplemented,
                  "read the request: there is no method " + Printable(method) +
                      " here; write it in capitals, GET to read and POST to act");
  }
  if (target.size() > limits.target_bytes_max) {
    return Refuse(414, Code::kInvalidArgument,
                  "read the request: its path and query are longer than " +
                      std::to_string(limits.target_bytes_max) + " bytes; put less into the query",
                  "target-bytes");
  }
  auto parsed = ParseTarget(target);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  head.is_head = method == "HEAD";
  head.request.method = head.is_head ? "GET" : std::string(method);
  head.request.path = std::move(parsed->path);
  head.request.query = std::move(parsed->query);
  head.is_old = head.is_last = version == "HTTP/1.0";
  return true;
}

std::expected<Field, Refusal> ReadField(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t'))
    return Malformed("a header line begins with a blank; folded lines are not taken");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon)))
    return Malformed("a header line is not NAME: VALUE");
  const std::string_view value = Trimmed(line.substr(colon + 1));
  if (!IsFieldText(value)) return Malformed("a header's value has a control byte in it");
  return Field{.name = LowerCase(line.substr(0, colon)), .value = std::string(value)};
}

// What the fields say about the body. 1.0 knows no chunks.
std::expected<bool, Refusal> ReadFraming(Head& head) {
  const Field* length = nullptr;
  const Field* coding = nullptr;
  for (const Field& field : head.request.fields) {
    const Field** place = field.name == "content-length"      ? &length
                          : field.name == "transfer-encoding" ? &coding
                                                              : nullptr;
    if (place == nullptr) continue;
    if (*place != nullptr) return Malformed("two headers " + field.name + "; send one");
    *place = &field;
  }
  if (length != nullptr && coding != nullptr)
    return Malformed("content-length beside transfer-encoding; send one of them");
  if (coding != nullptr) {
    if (head.is_old || LowerCase(coding->value) != "chunked")
      return Malformed("a transfer-encoding that is not chunked; send content-length");
    head.has_body = head.is_chunked = true;
  }
  if (length != nullptr) {
    const std::string& text = length->value;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, head.content_length);
    if (error != std::errc() || stop != end)
      return Malformed("content-length is no number of bytes");
    head.has_body = head.content_length > 0;
  }
  return head.has_body;
}

// Fields that change how a request is read, or would if we let them.
std::expected<bool, Refusal> ReadMeaning(const HostGate& hosts, Head& head) {
  int host_count = 0;
  for (const Field& field : head.request.fields) {
    if (field.name == "host" && ++host_count == 1 && !hosts.Admits(field.value)) {
      return Refuse(421, Code::kPermissionDenied,
                    "answer as " + Printable(field.value) +
                        ": this daemon does not go by that name; use an IP address or localhost, "
                        "or add the name to http.allowed_hosts");
    }
    if (field.name == "x-http-method-override" || field.name == "x-method-override" ||
        field.name == "x-http-method")
      return Malformed(field.name + " is not honoured; send the method itself");
    if (field.name == "connection" && LowerCase(field.value).find("close") != std::string::npos)
      head.is_last = true;
    if (field.name == "expect") {
      if (LowerCase(field.value) != "100-continue") {
        return Refuse(417, Code::kUnimplemented,
                      "meet the expectation " + Printable(field.value) +
                          ": only 100-continue is known; leave the header out");
      }
      head.expects_continue = true;
    }
  }
  if (host_count != 1) return Malformed("there must be one Host header");
  return true;
}

}  // namespace

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

HeadEnd FindHeadEnd(std::string_view bytes, std::size_t from) {
  for (std::size_t i = from; i < bytes.size(); ++i) {
    if (bytes[i] != '\n') continue;
    if (i == 0 || bytes[i - 1] != '\r') return {.at = std::nullopt, .is_broken = true};
    if (i >= 3 && bytes[i - 2] == '\n') return {.at = i + 1};
    if (i == 1) return {.at = std::nullopt, .is_broken = true};  // an empty line is no request
  }
  return {};
}

std::expected<Head, Refusal> ParseHead(std::string_view text, const Limits& limits,
                                       const HostGate& hosts) {
  Head head;
  const std::optional<std::string_view> first = TakeLine(text);
  if (!first) return Malformed("it has no first line");
  if (const auto read = ReadRequestLine(*first, limits, head); !read)
    return std::unexpected(read.error());
  while (true) {
    const std::optional<std::string_view> line = TakeLine(text);
    if (!line) return Malformed("its head does not end with an empty line");
    if (line->empty()) break;
    if (head.request.fields.size() >= limits.fields_max) {
      return Refuse(431, Code::kInvalidArgument,
                    "read the request: more than " + std::to_string(limits.fields_max) +
                        " header lines; send fewer",
                    "fields");
    }
    auto field = ReadField(*line);
    if (!field) return std::unexpected(std::move(field.error()));
    head.request.fields.push_back(*std::move(field));
  }
  if (const auto framed = ReadFraming(head); !framed) return std::unexpected(framed.error());
  if (const auto meant = ReadMeaning(hosts, head); !meant) return std::unexpected(meant.error());
  if (head.has_body && head.request.method == "GET")
    return Malformed("GET and HEAD have no body; put it into the query, or send POST");
  if (head.content_length > limits.body_bytes_max) {
    return Refuse(413, Code::kResourceExhausted,
                  "read the request's body: it is longer than " +
                      std::to_string(limits.body_bytes_max) + " bytes; send less",
                  "body-bytes");
  }
  return head;
}

}  // namespace fairlead::http
