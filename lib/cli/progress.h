// Progress: what happens to a replica while an act on it is waited for, line by line.
//
// Threads: lines are written on gRPC's, one by one, between the constructor and the destructor.
#pragma once

#include <grpcpp/channel.h>

#include <iosfwd>
#include <memory>
#include <string>

namespace fairlead::cli {

class Progress {
 public:
  // `name`: the replica as it was typed. Tells nothing if it cannot be found or watched; the act's
  // own answer says what is wrong. `err` is left alone by others until the destructor returns.
  Progress(const std::shared_ptr<grpc::Channel>& channel, const std::string& name,
           std::ostream& err);
  // After the act was answered: waits at most 2 s for the events that led to the answer.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  class Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace fairlead::cli
