#include "gateway/service_docs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "gateway/page_files.h"
#include "http/refusal.h"
#include "transcode/openapi.h"

namespace fairlead::gateway {
namespace {

constexpr std::string_view kPlace = "/.well-known/fairlead/";
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
// Documents that are kept; a host with more services makes some anew.
constexpr std::size_t kKeptMax = 64;

http::Reply Refuse(unsigned status, Code code, const http::Request& request,
                   const std::string& why) {
  return http::ReplyOf(http::Refusal{
      .status = status, .code = code, .message = "answer " + Printable(request.path) + ": " + why});
}

std::string_view TypeOf(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

http::Reply PageFile(const http::Request& request, std::string_view name) {
  const auto file = std::ranges::find(PageFiles(), name, &File::name);
  if (file == PageFiles().end())
    return Refuse(404, Code::kNotFound, request, "there is no such file");
  return {.fields = {{"Content-Type", std::string(TypeOf(name))},
                     {"Cache-Control", "no-cache"},
                     {"Content-Security-Policy", std::string(kPolicy)},
                     {"Cross-Origin-Resource-Policy", "same-origin"}},
          .body = std::string(file->bytes)};
}

// Changes when what the service says of itself does (FNV-1a).
std::string VersionOf(const DescriptorSet& set) {
  std::uint64_t hash = 14695981039346656037U;
  for (const auto& [name, bytes] : set.description().files) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace

bool ServiceDocs::IsFor(std::string_view path) {
  return path.starts_with(kPlace);
}

http::Reply ServiceDocs::Answer(const http::Request& request, Directory& directory) {
  const std::string_view rest = std::string_view(request.path).substr(kPlace.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view name = rest.substr(0, slash);
  const std::string_view what = rest.substr(slash);
  if (request.method != "GET") {
    http::Reply reply = Refuse(405, Code::kUnimplemented, request, "it is only read; use GET");
    reply.fields.push_back({"Allow", "GET, HEAD"});
    return reply;
  }
  // No service's name is without a dot.
  if (name == "page" && !what.empty()) return PageFile(request, what.substr(1));
  const Directory::Service* service = directory.FindNamed(name, request.Find("host"));
  if (service == nullptr)
    return Refuse(404, Code::kNotFound, request,
                  "no service of that name, such as user-service.shop, is answered for under this "
                  "host; fairlead.gateway=true makes it one");
  if (what == "/try") return PageFile(request, "try.html");
  if (what == "/openapi.json") return Document(*service);
  return Refuse(404, Code::kNotFound, request, "it is /try or /openapi.json");
}

http::Reply ServiceDocs::Document(const Directory::Service& service) {
  const auto& groups = service.roster.groups();
  const auto most = std::ranges::max_element(
      groups, {}, [](const ServiceRoster::Group& group) { return group.addresses.size(); });
  if (most == groups.end())
    return http::ReplyOf(http::Refusal{
        .status = 503,
        .code = Code::kUnavailable,
        .message = "tell what " + service.name.Text() +
                   " serves: no replica of it has said so; the daemon's log says why"});
  const spec::GatewaySpec& gateway = service.traffic.gateway;
  if (made_.size() >= kKeptMax && !made_.contains(service.name)) made_.clear();
  Made& made = made_[service.name];
  if (made.of.lock() != most->set || made.gateway != gateway) {
    using Access = transcode::OpenApiInfo::Access;
    made = {.of = most->set,
            .gateway = gateway,
            .text = transcode::OpenApiOf(
                most->set->routes(),
                {.title = service.name.Text(),
                 .version = VersionOf(*most->set),
                 .base = gateway.prefix,
                 .access = gateway.forwards_auth ? Access::kMayHave : Access::kOpen,
                 .manner = transcode::Manner::kGrpcGateway})};
  }
  http::Reply reply{.fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache"}},
                    .body = made.text};
  reply.route = service.name.Text();
  return reply;
}

}  // namespace fairlead::gateway
