#include "dashboard/pages.h"

namespace fairlead::dashboard {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

std::string_view TypeOf(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

std::string TagOf(const File& file) {
  return "\"" + std::string(file.sha256) + "\"";
}

// `list` is "*" or tags with commas; W/ makes no difference here (RFC 9110, 13.1.2).
bool Names(std::string_view list, std::string_view tag) {
  return list == "*" || list.find(tag) != std::string_view::npos;
}

}  // namespace

std::string PathOf(const File& file) {
  return file.name == "index.html" ? "/" : "/dashboard/" + std::string(file.name);
}

http::Reply Answer(const File& file, const http::Request& request) {
  http::Reply reply{.fields = {{"ETag", TagOf(file)},
                               {"Cache-Control", "no-cache"},
                               {"Content-Security-Policy", std::string(kPolicy)},
                               {"Cross-Origin-Resource-Policy", "same-origin"}}};
  if (Names(request.Find("if-none-match"), TagOf(file))) {
    reply.status = 304;
    return reply;
  }
  reply.fields.push_back({"Content-Type", std::string(TypeOf(file.name))});
  reply.body = file.bytes;
  return reply;
}

void AddPages(http::Pages& pages) {
  for (const File& file : PageFiles()) {
    pages.AddPage(PathOf(file),
                  [&file](const http::Request& request) { return Answer(file, request); });
  }
}

}  // namespace fairlead::dashboard
