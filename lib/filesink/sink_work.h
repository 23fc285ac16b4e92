// SinkWork: all that is done to files that another program reads, and to that program where it is
// an NGINX of this host.
//
// Why an interface: writing files of others, running the check that the configuration names and
// signalling take root's rights. So the process that talks to the network has none of them, and
// asks one that does nothing else (sink_client.h, sink_server.h); that one, and tests, do it
// themselves (direct_sink_work.h). Who asks says what is to be listed, as a page of names and
// addresses, and never a text, a path or a command: those are the configuration's, and the text is
// made of them where it is written.
// Threads: any for different files, one at a time for each. Calls block: on the disk, and for a
// check kCheckTime.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "filesink/page.h"

namespace fairlead::filesink {

// A check of NGINX takes some 10 ms.
inline constexpr Duration kCheckTime = std::chrono::seconds(3);

// One of `file_sinks`, as far as it is about what is done here.
struct SinkSettings {
  std::string output;                 // absolute
  std::string template_file;          // absolute; empty = kNginxUpstreams
  std::vector<ServiceName> services;  // that a page may name; empty = all
  // A program and its arguments; "{file}" among them is the candidate's path. Empty = no check.
  std::vector<std::string> validate;
  std::string pid_file;  // absolute; empty = no NGINX of this host reads the file
};

struct SinkState {
  bool is_written = false;  // the file is what the page makes
  bool is_untold = false;   // it is newer than what its reader was told
  bool operator==(const SinkState&) const = default;
};

class SinkWork {
 public:
  virtual ~SinkWork() = default;

  // `sink` is the place of the file in the configuration. Errors of all that take a page: a
  // template that cannot be read or is of no use (its line is told), a text above kOutputBytesMax,
  // and kPermissionDenied for a page that names other services than the configuration does.
  virtual Result<SinkState> Look(std::size_t sink, const Page& page) = 0;
  // Candidate, check, and into its place; from then on it is untold. What the check does not take
  // stays out. kUnavailable: the disk, with what to look at.
  virtual Result<> Write(std::size_t sink, const Page& page) = 0;
  // The reader does not take it: back to what it was told last, or to none. A file that is not
  // untold stays as it is.
  virtual Result<> TakeBack(std::size_t sink) = 0;
  // The reader has been told.
  virtual Result<> Settle(std::size_t sink) = 0;

  // The first process of the NGINX that wrote `pid_file`; 0: it does not run.
  // kFailedPrecondition: the number is no NGINX's.
  virtual Result<std::int32_t> FindReader(std::size_t sink) = 0;
  // SIGHUP, to what is found then. kAlreadyExists: it does not run.
  virtual Result<> TellReader(std::size_t sink) = 0;
};

}  // namespace fairlead::filesink
