#include "http/pages.h"

#include <utility>

#include "base/text.h"
#include "http/refusal.h"

namespace fairlead::http {

void Pages::AddPage(std::string path, Page page) {
  pages_[std::move(path)] = std::move(page);
}

void Pages::AddTree(std::string prefix, Handler& handler) {
  trees_[std::move(prefix)] = &handler;
}

std::function<void()> Pages::Handle(Request request, Answer answer) {
  if (const auto page = pages_.find(request.path); page != pages_.end()) {
    Reply reply =
        request.method == "GET" ? page->second(request) : NotAllowed(request, "GET, HEAD");
    reply.route = page->first;
    answer(std::move(reply));
    return {};
  }
  for (auto tree = trees_.rbegin(); tree != trees_.rend(); ++tree) {
    if (request.path.starts_with(tree->first))
      return tree->second->Handle(std::move(request), std::move(answer));
  }
  answer(NotFound(request));
  return {};
}

Reply NotFound(const Request& request) {
  return ReplyOf(Refusal{.status = 404,
                         .code = Code::kNotFound,
                         .message = "find " + Printable(request.path) +
                                    ": there is no such page; /openapi.json lists the API, "
                                    "/metrics and /readyz are beside it"});
}

Reply NotAllowed(const Request& request, const std::string& allowed) {
  Reply reply =
      ReplyOf(Refusal{.status = 405,
                      .code = Code::kUnimplemented,
                      .message = Printable(request.method) + " " + Printable(request.path) +
                                 ": not with this method; " + "use " + allowed});
  reply.fields.push_back({"Allow", allowed});
  return reply;
}

}  // namespace fairlead::http
