// Request and Reply: one HTTP exchange as values.
//
// Threads: none; values. A Body is pulled by the server's loop and may answer from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace fairlead::http {

struct Field {
  std::string name;  // lower case in requests
  std::string value;
  bool operator==(const Field&) const = default;
};

struct Peer {
  bool is_unix = false;
  std::uint32_t uid = 0;                 // of a unix socket's peer
  std::vector<std::uint32_t> gids = {};  // its groups
  std::string address = {};              // "127.0.0.1:51234"; empty for a unix socket
  // Of the certificate that it showed in front of us, each whole: "DNS:a.b"; empty: none.
  std::vector<std::string> names = {};
  std::string Text() const { return is_unix ? "uid:" + std::to_string(uid) : address; }
};

struct Request {
  std::string method;         // "GET"; HEAD is told as GET, and its body is not sent
  std::string path;           // as sent, checked: begins with '/', no dot segments, no empty ones
  std::string query;          // as sent, without '?'
  std::vector<Field> fields;  // in their order
  std::string body;
  Peer peer;

  // The value of the first field of that (lower-case) name; empty when there is none.
  std::string_view Find(std::string_view name) const {
    for (const Field& field : fields) {
      if (field.name == name) return field.value;
    }
    return {};
  }
};

// A body of unknown length, pulled piece by piece: the next one is asked for when the last was
// taken.
class Body {
 public:
  using Take = std::function<void(std::optional<std::string> piece)>;
  virtual ~Body() = default;
  // Calls `take` once, now or later, from any thread; with nothing at the end.
  virtual void Next(Take take) = 0;
  // The asker is gone, or the server ends: nothing more will be asked for, and a `take` that waits
  // is called soon. Idempotent.
  virtual void Cancel() = 0;
};

struct Reply {
  unsigned status = 200;
  std::vector<Field> fields = {};     // Content-Type and what else is wanted; no framing
  std::string body = {};              // unless `stream` is set
  std::shared_ptr<Body> stream = {};  // sent in chunks; the connection closes after it
  // Sent when a stream had nothing to say for so long; empty: nothing is.
  std::string idle_piece = {};
  Duration idle_after = std::chrono::seconds(15);
  // What metrics call it: a template of ours such as "/v1/services", never a peer's text.
  std::string route = {};
};

// Who answers requests.
class Handler {
 public:
  using Answer = std::function<void(Reply reply)>;
  virtual ~Handler() = default;
  // On the server's loop. `answer` is called once, now or later, from any thread. The result, which
  // may be empty, is called on the loop when the asker is gone before that.
  virtual std::function<void()> Handle(Request request, Answer answer) = 0;
};

}  // namespace fairlead::http
