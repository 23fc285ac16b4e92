// PairQuestion: a question to another process of ours over the pair with it, and the answer.
//
// How: a packet over the pair brings the end of another one along (SCM_RIGHTS); on that the answer
// comes, whoever has asked meanwhile. Who closes his end has left, and nothing is done for him any
// more; whose end is closed on him asked one who has died.
// Threads: any; what waits says until when.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "runtime/file_descriptor.h"
#include "runtime/passed_packet.h"

namespace fairlead::runtime {

// How often a question is asked: what a process was at when it died goes to the one that takes its
// place.
inline constexpr int kQuestionTries = 2;

enum class Heard {
  kPacket,
  kSilence,  // nothing has come by the deadline
  kEnd,      // nobody holds the other end
};

// Asks over `pair` (SOCK_SEQPACKET, not blocking), again where the other process ends meanwhile,
// and receives at most `bytes_max` of the answer. Errors: NotAsked().
Result<Heard> AskOver(int pair, std::string_view question, TimePoint deadline,
                      std::size_t bytes_max, PassedPacket& answer);

// For questions of more than one packet: our end of the other pair, or the errno of why it was not
// asked.
std::expected<FileDescriptor, int> SendQuestion(int pair, std::string_view question);

// What `error` means for who asks, without what was being done: kResourceExhausted, as no
// descriptor is left; else kUnavailable with the system's word.
std::unexpected<Error> NotAsked(int error);

// poll() of one descriptor. False: none of `events` has come, nor the end, until `deadline`.
bool WaitFor(int descriptor, short events, TimePoint deadline);

// The next packet of `socket`, as ReceivePacket().
Heard WaitForPacket(int socket, std::size_t bytes_max, TimePoint deadline, PassedPacket& packet);

// Whether nobody holds the other end of `socket`.
bool HasLeft(int socket);

using Serve = std::function<void(std::string_view question, FileDescriptor asker)>;

// The life of who is asked: calls `serve` for each packet, of `bytes_max` bytes or of one more if
// it is longer, with the end on which to answer, until nobody holds the other end of `pair`. What
// comes with no unix socket is dropped: over a socket of ours of another kind that came back, bytes
// that the asker chose would be an order with our rights. The caller's thread.
void ServeQuestions(int pair, std::size_t bytes_max, const Serve& serve);

}  // namespace fairlead::runtime
