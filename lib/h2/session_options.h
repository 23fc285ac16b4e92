// SessionOptions: what every HTTP/2 session of ours, client or server, asks of nghttp2.
#pragma once

#include <nghttp2/nghttp2.h>

namespace fairlead::h2 {

// Built once per process and never freed: nghttp2 copies it when it makes a session.
const nghttp2_option* SessionOptions();

}  // namespace fairlead::h2
