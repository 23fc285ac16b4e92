// The verbs `config`, `tls` and `log-level`.
#pragma once

#include <grpcpp/channel.h>

#include <iosfwd>
#include <memory>

#include "cli/args.h"
#include "cli/table.h"

namespace fairlead::cli {

// Each asks once, prints to `out` or tells `err`, and gives the exit status.
int RunConfig(const Args& args, const std::shared_ptr<grpc::Channel>& channel, TableStyle style,
              std::ostream& out, std::ostream& err);
int RunTls(const Args& args, const std::shared_ptr<grpc::Channel>& channel, TableStyle style,
           std::ostream& out, std::ostream& err);
int RunLogLevel(const Args& args, const std::shared_ptr<grpc::Channel>& channel, std::ostream& out,
                std::ostream& err);

}  // namespace fairlead::cli
