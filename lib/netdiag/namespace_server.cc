#include "netdiag/namespace_server.h"

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "netdiag/namespace_message.h"
#include "runtime/pair_question.h"
#include "runtime/passed_packet.h"

namespace fairlead::netdiag {
namespace {

// What one question came to: an answer, and for a socket the socket.
struct Done {
  NamespaceAnswer answer;
  FileDescriptor socket;
};

Done Refused(Error error) {
  return {.answer = {.refusal = std::move(error)}, .socket = {}};
}

Done Do(NamespaceWork& work, const NamespaceQuestion& question) {
  Done done;
  switch (question.verb) {
    case NamespaceVerb::kCanReset: {
      const Result<> can = work.CanReset();
      return can ? std::move(done) : Refused(can.error());
    }
    case NamespaceVerb::kSocket: {
      Result<FileDescriptor> made = work.SocketIn(question.place, question.kind);
      if (!made) return Refused(made.error());
      done.socket = *std::move(made);
      return done;
    }
    case NamespaceVerb::kReset: {
      const Result<int> reset = work.Reset(question.place, question.connections);
      if (!reset) return Refused(reset.error());
      done.answer.reset = static_cast<std::uint16_t>(*reset);
      return done;
    }
    case NamespaceVerb::kRead: {
      Result<std::string> text = work.Read(question.place, question.file);
      if (!text) return Refused(text.error());
      done.answer.text = *std::move(text);
      return done;
    }
  }
  return done;
}

// The asker takes it at once or has left.
void Answer(const FileDescriptor& asker, const Done& done) {
  runtime::SendPacket(asker.get(), WriteNamespaceAnswer(done.answer), done.socket.get());
}

// Reads one file at a time, beside the other questions.
class FileReading {
 public:
  ~FileReading() {
    if (thread_.joinable()) thread_.join();
  }

  void Begin(NamespaceWork& work, NamespaceQuestion question, FileDescriptor asker) {
    if (is_busy_.exchange(true)) {
      Answer(asker, Refused({Code::kResourceExhausted,
                             "read a file of a container: another one is being read; try again"}));
      return;
    }
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread(
        [this, &work, question = std::move(question), asker = std::move(asker)]() mutable {
          const Done done = Do(work, question);
          is_busy_ = false;
          Answer(asker, done);
          asker = FileDescriptor();
        });
  }

 private:
  std::atomic<bool> is_busy_ = false;
  std::thread thread_;
};

}  // namespace

void ServeNamespaceQuestions(int pair, NamespaceWork& work) {
  FileReading reading;
  runtime::ServeQuestions(pair, kNamespaceQuestionBytesMax,
                          [&](std::string_view packet, FileDescriptor asker) {
                            if (runtime::HasLeft(asker.get())) return;
                            Result<NamespaceQuestion> question = ReadNamespaceQuestion(packet);
                            if (!question) {
                              Answer(asker, Refused(question.error()));
                            } else if (question->verb == NamespaceVerb::kRead) {
                              reading.Begin(work, *std::move(question), std::move(asker));
                            } else {
                              Answer(asker, Do(work, *question));
                            }
                          });
}

}  // namespace fairlead::netdiag
