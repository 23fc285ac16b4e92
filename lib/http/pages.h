// Pages: which handler answers which path. Pure but for the call.
//
// A page is one exact path that is read; a tree is everything below a prefix, whose handler says
// for itself what is there. The longest prefix wins. Threads: built before use, then read only.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "http/request.h"

namespace fairlead::http {

class Pages final : public Handler {
 public:
  // Answers at once, on the server's loop.
  using Page = std::function<Reply(const Request& request)>;

  void AddPage(std::string path, Page page);
  // `prefix` ends with a slash, "/v1/"; `handler` outlives this.
  void AddTree(std::string prefix, Handler& handler);

  std::function<void()> Handle(Request request, Answer answer) override;

 private:
  std::map<std::string, Page, std::less<>> pages_;
  std::map<std::string, Handler*, std::less<>> trees_;
};

// 404 that names what is there.
Reply NotFound(const Request& request);
// 405 with Allow; `allowed` as that header has it, "GET, HEAD".
Reply NotAllowed(const Request& request, const std::string& allowed);

}  // namespace fairlead::http
