// One call to a replica, and its answer as JSON over HTTP.
//
// Threads: the gateway's loop; the body of a stream may be pulled from another.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "gateway/call_count.h"
#include "gateway/calling.h"
#include "gateway/descriptor_set.h"
#include "http/request.h"
#include "transcode/routes.h"
#include "transcode/stream_form.h"

namespace fairlead::gateway {

struct CallOrder {
  Calling calling;
  std::shared_ptr<const DescriptorSet> set;                    // kept until the end
  const transcode::Route* route = nullptr;                     // of `set`
  std::string request;                                         // serialized
  transcode::StreamForm form = transcode::StreamForm::kLines;  // of a server stream
};

// Both return what gives the call up, which may be called at any time after, on the loop; `answer`
// is called once all the same.
std::function<void()> CallUnary(CallOrder order, CallCount::Token token,
                                http::Handler::Answer answer);
// The answer begins with the first message, or when the service says nothing for 100 ms.
std::function<void()> CallStream(boost::asio::io_context& context, CallOrder order,
                                 CallCount::Token token, http::Handler::Answer answer);

}  // namespace fairlead::gateway
