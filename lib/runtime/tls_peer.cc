#include "runtime/tls_peer.h"

#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

namespace fairlead::runtime {

void RequireVerifiedPeer(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

void ExpectPeer(SSL* session, const std::string& name) {
  boost::system::error_code error;
  boost::asio::ip::make_address(name, error);
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(session);
  if (!error) {
    X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
  // The macro's own cast is a C one.
  SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(name.c_str()));
}

}  // namespace fairlead::runtime
