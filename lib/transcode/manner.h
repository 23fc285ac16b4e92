// Manner: by whose habits a request is read.
//
// Why two: our own API refuses what it does not know, so that a slip shows at once. Services behind
// the gateway have clients that were written against grpc-gateway, and what worked there has to
// work here.
#pragma once

namespace fairlead::transcode {

enum class Manner { kOwn, kGrpcGateway };

}  // namespace fairlead::transcode
