// PassedCall: a call whose messages pass the gateway as they are, in any number both ways.
//
// What is pulled from it are messages with their heads (messages.h), as they lie in the body of
// gRPC and of gRPC-web; how it ended is asked for after the last of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/answer.h"
#include "gateway/metadata.h"
#include "http/request.h"

namespace fairlead::gateway {

// Threads: one of the asker's, but for what it is given to call, which comes on any. Next and
// Cancel as http::Body says.
class PassedCall : public http::Body {
 public:
  struct End {
    CallFailure how;  // kOk, or why not
    Metadata trailers;
  };

  // Sends one message; `sent`, if there is one, is called once there is room for another, unless
  // the call is over. One at a time.
  virtual void Send(std::string message, std::function<void()> sent) = 0;
  // May follow the last message at once.
  virtual void SendNoMore() = 0;
  // REQUIRES: Next has given nothing.
  virtual const End& end() const = 0;
  // The service that is called: "user-service.shop"; empty: the gateway itself answers.
  virtual const std::string& service() const = 0;
};

}  // namespace fairlead::gateway
