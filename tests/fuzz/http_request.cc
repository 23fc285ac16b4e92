// An HTTP request from any program: what is taken has one reading.
#include <algorithm>
#include <string>

#include "base/check.h"
#include "fuzz/targets.h"
#include "http/head.h"
#include "http/target.h"

namespace fairlead::fuzz {
namespace {

void CheckTaken(const http::Head& head) {
  const http::Request& request = head.request;
  CHECK(request.path.starts_with('/') && request.path.find("//") == std::string::npos);
  const auto path = http::Unescape(request.path, false);
  CHECK(path && (*path + "/").find("/../") == std::string::npos);
  CHECK(std::ranges::count(*path, '/') == std::ranges::count(request.path, '/'));
  CHECK(request.fields.size() <= http::Limits{}.fields_max);
  CHECK(!request.Find("host").empty());
  for (const http::Field& field : request.fields) {
    CHECK(!field.name.empty() && field.value.find_first_of("\r\n") == std::string::npos);
  }
  CHECK(request.method != "HEAD" && (request.method != "GET" || !head.has_body));
  CHECK(!head.is_chunked || head.content_length == 0);
  CHECK(head.content_length <= http::Limits{}.body_bytes_max);
}

}  // namespace

int FuzzHttpRequest(std::string_view input) {
  const http::HeadEnd end = http::FindHeadEnd(input, 0);
  CHECK(!end.at || *end.at <= input.size());
  const http::HostGate hosts({"fairlead.example"});
  // With a head around it, so that lines and targets are met, too.
  const std::string target = "GET " + std::string(input) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string fields =
      "POST / HTTP/1.1\r\nHost: localhost\r\n" + std::string(input) + "\r\n\r\n";
  for (const std::string& text :
       {std::string(input.substr(0, end.at.value_or(0))), target, fields}) {
    const auto head = http::ParseHead(text, http::Limits{}, hosts);
    if (head) {
      CheckTaken(*head);
    } else {
      CHECK(head.error().status >= 400 && !head.error().message.empty());
    }
  }
  return 0;
}

}  // namespace fairlead::fuzz
