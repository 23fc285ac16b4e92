#include "filesink/sink_server.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "filesink/page_pieces.h"
#include "filesink/sink_message.h"
#include "runtime/clock.h"
#include "runtime/file_descriptor.h"
#include "runtime/io_thread.h"
#include "runtime/pair_question.h"
#include "runtime/passed_packet.h"

namespace fairlead::filesink {
namespace {

using runtime::FileDescriptor;

struct Asked {
  SinkQuestion question;
  FileDescriptor asker;
};

// The asker takes it at once or has left.
void Answer(const FileDescriptor& asker, const SinkAnswer& answer) {
  runtime::SendPacket(asker.get(), WriteSinkAnswer(answer), -1);
}

SinkAnswer AnswerOf(const Result<>& done) {
  return done ? SinkAnswer{} : SinkAnswer{.refusal = done.error()};
}

SinkAnswer Do(SinkWork& work, const SinkQuestion& question, const Page& page) {
  const std::size_t sink = question.sink;
  switch (question.verb) {
    case SinkVerb::kLook: {
      const Result<SinkState> state = work.Look(sink, page);
      return state ? SinkAnswer{.state = *state} : SinkAnswer{.refusal = state.error()};
    }
    case SinkVerb::kWrite:
      return AnswerOf(work.Write(sink, page));
    case SinkVerb::kTakeBack:
      return AnswerOf(work.TakeBack(sink));
    case SinkVerb::kSettle:
      return AnswerOf(work.Settle(sink));
    case SinkVerb::kFindReader: {
      const Result<std::int32_t> reader = work.FindReader(sink);
      return reader ? SinkAnswer{.reader = *reader} : SinkAnswer{.refusal = reader.error()};
    }
    case SinkVerb::kTellReader:
      return AnswerOf(work.TellReader(sink));
  }
  return {};
}

void Serve(SinkWork& work, const Asked& asked) {
  if (runtime::HasLeft(asked.asker.get())) return;
  Page page;
  if (asked.question.page_bytes != 0) {
    const std::optional<std::string> bytes =
        ReceivePieces(asked.asker.get(), asked.question.page_bytes, runtime::Now() + kPagePatience);
    if (!bytes) return;
    Result<Page> read = ReadPage(*bytes);
    if (!read) return Answer(asked.asker, {.refusal = read.error()});
    page = *std::move(read);
  }
  Answer(asked.asker, Do(work, asked.question, page));
}

// One file's thread: a question at a time, in their order.
class SinkThread {
 public:
  explicit SinkThread(SinkWork& work) : work_(work), loop_("fl-sink") {}

  void Take(Asked asked) {
    if (waiting_ >= kWaitingMax) {
      Answer(asked.asker, {.refusal = {Code::kResourceExhausted,
                                       "ask about a file of lists: too many questions wait"}});
      return;
    }
    ++waiting_;
    loop_.Post([this, asked = std::move(asked)] {
      --waiting_;
      Serve(work_, asked);
    });
  }

 private:
  SinkWork& work_;
  std::atomic<std::size_t> waiting_ = 0;
  runtime::IoThread loop_;
};

}  // namespace

void ServeSinkQuestions(int pair, SinkWork& work, std::size_t sinks) {
  std::vector<std::unique_ptr<SinkThread>> threads;
  threads.reserve(sinks);
  for (std::size_t i = 0; i < sinks; ++i) threads.push_back(std::make_unique<SinkThread>(work));
  runtime::ServeQuestions(
      pair, kSinkQuestionBytes, [&](std::string_view packet, FileDescriptor asker) {
        if (runtime::HasLeft(asker.get())) return;
        const Result<SinkQuestion> question = ReadSinkQuestion(packet);
        if (!question) {
          Answer(asker, {.refusal = question.error()});
        } else if (question->sink >= sinks) {
          Answer(asker, {.refusal = {Code::kInvalidArgument,
                                     "ask about a file of lists: there is no such file"}});
        } else {
          threads[question->sink]->Take({*question, std::move(asker)});
        }
      });
}

}  // namespace fairlead::filesink
