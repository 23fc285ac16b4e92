#include "diagnose/log_words.h"

#include <gtest/gtest.h>

namespace fairlead::diagnose {
namespace {

TEST(LogWords, KnowWhatTheLibrariesOfEachLanguageWriteOfAFailure) {
  for (const char* line : {
           "2026/11/27 02:11:24 rpc error: code = Unavailable desc = connection error",
           "io.grpc.StatusRuntimeException: DEADLINE_EXCEEDED: deadline exceeded after 0.9s",
           "status = StatusCode.UNAVAILABLE",
           "Error: 14 UNAVAILABLE: No connection established (grpc-js)",
           "E1127 ssl_transport_security.cc:1511] Handshake failed with fatal error SSL_ERROR_SSL",
           "http: TLS handshake error from 10.0.0.3:4711: EOF",
           "[grpc] internal error",
           "dial tcp 10.0.0.2:50051: connect: connection refused",
           "listen tcp :50051: bind: address already in use",
           "received GOAWAY, ENHANCE_YOUR_CALM",
       })
    EXPECT_TRUE(TellsGrpcError(line)) << line;
}

TEST(LogWords, LeaveAloneWhatIsNoFailureOrNotOfGrpc) {
  for (const char* line :
       {"", "serving on 0.0.0.0:50051", "finished unary call grpc.code=OK", "grpc server started",
        "cache unavailable, using the database", "internal server started", "rpcbind is up"})
    EXPECT_FALSE(TellsGrpcError(line)) << line;
}

}  // namespace
}  // namespace fairlead::diagnose
