#include "h2/call_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "h2/call_status.h"
#include "unit/h2/session_talk.h"
#include "unit/h2/wire.h"

namespace fairlead::h2 {
namespace {

using testing::Big32;
using testing::Field;
using testing::Frame;
using testing::kAck;
using testing::kContinuation;
using testing::kData;
using testing::kEndHeaders;
using testing::kEndStream;
using testing::kGoAway;
using testing::kHeaders;
using testing::kPadded;
using testing::kPing;
using testing::kPush;
using testing::kReset;
using testing::kSettings;
using testing::kWindow;
using testing::Number;
using testing::OneSetting;
using testing::Raw;
using testing::Sent;

const std::string kHeadFields = Field(":status", "200") + Field("content-type", "application/grpc");
const std::string kTrailerFields = Field("grpc-status", "0");

std::string Head(unsigned stream) {
  return Frame(kHeaders, kEndHeaders, stream, kHeadFields);
}
std::string Trailers(unsigned stream, std::string_view fields = kTrailerFields) {
  return Frame(kHeaders, kEndHeaders | kEndStream, stream, fields);
}
std::string GoAway(std::uint32_t last, std::uint32_t error = 0) {
  return Frame(kGoAway, 0, 0, Big32(last) + Big32(error));
}

class CallSessions : public ::testing::Test, protected CallEvents {
 protected:
  CallSessions() { Restart(); }

  void Restart() {
    calls_.clear();
    log_.clear();
    session_ = std::make_unique<CallSession>(limits_);
    Output();
  }
  void Greet(const std::string& settings = Frame(kSettings, 0, 0, "")) {
    ASSERT_TRUE(Feed(settings));
    Output();
  }
  CallStream& Open(std::string_view block = "block") {
    calls_.push_back(std::make_unique<CallStream>());
    session_->Open(*calls_.back(), Raw(block));
    return *calls_.back();
  }
  bool Feed(std::string_view bytes, std::size_t step = SIZE_MAX) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
      if (!session_->Feed(Raw(bytes.substr(0, step)), *this)) return false;
    }
    return true;
  }
  std::vector<Sent> Output() {
    auto rest = session_->output();
    if (rest.size() >= kClientPreface.size() && rest[0] == std::byte{'P'})
      rest = rest.subspan(kClientPreface.size());
    std::vector<Sent> frames;
    while (!rest.empty()) {
      const FrameHead head = ReadFrameHead(rest.data());
      frames.push_back({head.type, head.flags, head.stream,
                        head.length >= 4 ? ReadBig32(rest.data() + kFrameHeadBytes) : 0});
      rest = rest.subspan(kFrameHeadBytes + head.length);
    }
    session_->TakeOutput(session_->output().size());
    return frames;
  }
  // The reset that `bytes` cost stream `id`, and none of the connection; kNone: there was none.
  Http2Error ResetOf(std::string_view bytes, std::int32_t id) {
    EXPECT_TRUE(Feed(bytes)) << session_->trouble();
    for (const Sent& frame : Output()) {
      if (frame.type == kReset && frame.stream == id) return static_cast<Http2Error>(frame.number);
    }
    return Http2Error::kNone;
  }

  void OnHead(CallStream& stream, const FieldList& fields) override {
    log_ += "head " + std::to_string(stream.id) + " " + fields.front().second + "\n";
  }
  void OnData(CallStream& stream, std::span<const std::byte> data) override {
    data_[stream.id].append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  void OnEnd(CallStream& stream, const FieldList* trailers) override {
    log_ += "end " + std::to_string(stream.id);
    for (const auto& [name, value] : trailers != nullptr ? *trailers : FieldList())
      log_ += " " + name + "=" + value;
    log_ += '\n';
  }
  void OnFailure(CallStream& stream, const StreamFailure& failure) override {
    log_ += "failure " + std::to_string(stream.id) + " " + std::string(CodeName(failure.code)) +
            (failure.is_unseen ? " unseen: " : ": ") + failure.why + "\n";
  }

  CallSessionLimits limits_;
  std::unique_ptr<CallSession> session_;
  std::vector<std::unique_ptr<CallStream>> calls_;
  std::map<std::int32_t, std::string> data_;
  std::string log_;
};

TEST_F(CallSessions, CarryManyCallsAtOnceHoweverTheirBytesAreCut) {
  for (const std::size_t step : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
    Restart();
    data_.clear();
    EXPECT_FALSE(session_->CanOpen());  // nobody knows yet how many it takes
    Greet(Frame(kSettings, 0, 0, "") + Frame(kSettings, kAck, 0, ""));
    for (int i = 0; i < 3; ++i) Open();
    EXPECT_TRUE(Feed(Head(3) + Head(1) + Frame(kData, 0, 1, "abc") +
                         Frame(kData, kPadded, 3, std::string("\2xy\0\0", 5)) + Trailers(1) +
                         Frame(kHeaders, 0, 3, kTrailerFields.substr(0, 4)) + "",
                     step));
    EXPECT_FALSE(Feed(Frame(kPing, 0, 0, std::string(8, 'p')), step));  // within a block
    EXPECT_EQ(data_[1], "abc");
    EXPECT_EQ(data_[3], "xy");
    EXPECT_EQ(log_, "head 3 200\nhead 1 200\nend 1 grpc-status=0\n");
  }
}

TEST_F(CallSessions, ReadBlocksThatComeAgainAndThoseThatDiffer) {
  Greet(Frame(kSettings, 0, 0, "") + Frame(kSettings, kAck, 0, ""));
  for (int i = 0; i < 4; ++i) Open();
  EXPECT_TRUE(Feed(Head(1) + Trailers(1) + Head(3) + Trailers(3) + Head(5) +
                   Trailers(5, Field("grpc-status", "5"))));
  // Nothing but trailers, over two frames.
  const std::string only = Field(":status", "200") + kTrailerFields;
  EXPECT_TRUE(Feed(Frame(kHeaders, kEndStream, 7, only.substr(0, 9)) +
                   Frame(kContinuation, kEndHeaders, 7, only.substr(9))));
  EXPECT_EQ(log_,
            "head 1 200\nend 1 grpc-status=0\nhead 3 200\nend 3 grpc-status=0\nhead 5 200\n"
            "end 5 grpc-status=5\nend 7 :status=200 grpc-status=0\n");
}

TEST_F(CallSessions, PassOverWhatIsBeforeTheHead) {
  Greet();
  Open();
  EXPECT_TRUE(Feed(Frame(kHeaders, kEndHeaders, 1, Field(":status", "103")) + Head(1)));
  EXPECT_EQ(log_, "head 1 200\n");
}

TEST_F(CallSessions, SendWhatTheWindowsGrant) {
  Greet(OneSetting(4, 10));  // INITIAL_WINDOW_SIZE
  CallStream& call = Open();
  EXPECT_EQ(session_->Allowed(call), 10U);
  session_->Send(call, Raw("0123456789"), false);
  EXPECT_EQ(session_->Allowed(call), 0U);
  EXPECT_TRUE(Feed(Number(kWindow, 1, 5)));
  EXPECT_EQ(session_->Allowed(call), 5U);
  // What is open shrinks with the setting, also below zero.
  EXPECT_TRUE(Feed(OneSetting(4, 3)));
  EXPECT_EQ(session_->Allowed(call), 0U);
  EXPECT_TRUE(Feed(OneSetting(4, 1 << 20)));
  EXPECT_EQ(session_->Allowed(call), kFramePayloadBytesMax);
  // The connection's window is 65,535 whatever the setting, and a peer that takes nothing holds us.
  const std::vector<std::byte> frame(kFramePayloadBytesMax);
  for (int i = 0; i < 3; ++i) session_->Send(call, frame, false);
  EXPECT_EQ(session_->Allowed(call), 65'535U - 10 - 3 * kFramePayloadBytesMax);
  EXPECT_TRUE(Feed(Number(kWindow, 0, 1 << 24)));
  while (session_->Allowed(call) > 0) session_->Send(call, frame, false);
  EXPECT_LE(session_->output().size(), CallSession::kOutputBytesMax + 2 * kFramePayloadBytesMax);
  Output();
  EXPECT_GT(session_->Allowed(call), 0U);
}

TEST_F(CallSessions, LetThePeerSendWhatIsTaken) {
  Greet();
  CallStream& call = Open();
  Output();
  const std::string piece(kFramePayloadBytesMax, 'x');
  EXPECT_TRUE(Feed(Head(1) + Frame(kData, 0, 1, piece) + Frame(kData, 0, 1, piece) +
                   Frame(kData, 0, 1, piece)));
  EXPECT_TRUE(Output().empty());
  session_->Release(call, 3 * piece.size(), 0);
  std::vector<Sent> frames = Output();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].type, kWindow);
  EXPECT_EQ(frames[0].number, 3 * piece.size());
  // A message of 200,000 bytes is waited for.
  session_->Release(call, 0, 200'000);
  frames = Output();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].number, 200'000U - 65'535);
  // More than that is a breach, and only of the call.
  std::string flood;
  for (int i = 0; i < 13; ++i) flood += Frame(kData, 0, 1, piece);
  EXPECT_EQ(ResetOf(flood, 1), Http2Error::kFlowControl);
  EXPECT_EQ(log_, "head 1 200\nfailure 1 INTERNAL: more DATA than its window\n");
}

// A call that nobody reads must not hold up the others.
TEST_F(CallSessions, GiveTheConnectionsWindowBackAtOnce) {
  Greet();
  for (int i = 0; i < 10; ++i) Open();
  Output();
  const std::string piece(kFramePayloadBytesMax, 'x');
  std::string all;
  for (unsigned id = 1; id < 20; id += 2) {
    all += Head(id);
    for (int i = 0; i < 3; ++i) all += Frame(kData, 0, id, piece);
  }
  EXPECT_TRUE(Feed(all + all.substr(0, 0)));
  for (unsigned id = 1; id < 20; id += 2)
    EXPECT_EQ(data_[static_cast<std::int32_t>(id)].size(), 3 * piece.size());
  EXPECT_TRUE(Output().empty());  // half of a megabyte is not used up
  for (int i = 0; i < 3; ++i) {
    CallStream& call = *calls_[0];
    session_->Release(call, 3 * piece.size(), 0);
    EXPECT_TRUE(
        Feed(Frame(kData, 0, 1, piece) + Frame(kData, 0, 1, piece) + Frame(kData, 0, 1, piece)));
  }
  bool is_given = false;
  for (const Sent& frame : Output())
    is_given = is_given || (frame.type == kWindow && frame.stream == 0);
  EXPECT_TRUE(is_given);
}

TEST_F(CallSessions, BeNoMoreAtOnceThanThePeerAllows) {
  Greet(OneSetting(3, 2));
  Open();
  EXPECT_TRUE(session_->CanOpen());
  Open();
  EXPECT_FALSE(session_->CanOpen());
  EXPECT_TRUE(Feed(Number(kReset, 1, 8)));
  EXPECT_TRUE(session_->CanOpen());
  EXPECT_TRUE(Feed(OneSetting(3, 0)));
  EXPECT_FALSE(session_->CanOpen());
  EXPECT_EQ(log_, "failure 1 CANCELLED: it reset the call with code 8\n");
}

TEST_F(CallSessions, KnowWhatALeavingPeerHasNotSeen) {
  Greet();
  for (int i = 0; i < 3; ++i) Open();
  EXPECT_TRUE(Feed(GoAway(0x7FFFFFFF)));  // it is about to say more
  EXPECT_FALSE(session_->CanOpen());
  EXPECT_EQ(log_, "");
  EXPECT_TRUE(Feed(GoAway(3)));
  EXPECT_EQ(log_, "failure 5 UNAVAILABLE unseen: its server is about to leave\n");
  EXPECT_TRUE(Feed(Head(1) + Trailers(1)));
  EXPECT_FALSE(session_->is_over());
  EXPECT_TRUE(Feed(Number(kReset, 3, 7)));  // REFUSED_STREAM
  EXPECT_TRUE(session_->is_over());
  EXPECT_NE(log_.find("failure 3 UNAVAILABLE unseen"), std::string::npos) << log_;
}

TEST_F(CallSessions, KnowWhatNeverLeft) {
  Greet();
  Open();
  Output();
  Open();
  session_->Abandon("the connection broke", *this);
  EXPECT_EQ(log_,
            "failure 1 UNAVAILABLE: the connection broke\n"
            "failure 3 UNAVAILABLE unseen: the connection broke\n");
}

TEST_F(CallSessions, EndTheirOwnSideWithThePeers) {
  Greet();
  CallStream& half = Open();
  EXPECT_EQ(ResetOf(Head(1) + Trailers(1), 1), Http2Error::kNone);  // RST_STREAM (NO_ERROR)
  Open();
  session_->Send(*calls_.back(), Raw("all"), true);
  Output();
  EXPECT_TRUE(Feed(Head(3) + Trailers(3)));
  EXPECT_TRUE(Output().empty());
  EXPECT_FALSE(half.has_said_end);
  // Late words on streams that are over change nothing.
  EXPECT_TRUE(Feed(Frame(kData, 0, 3, "late") + Number(kReset, 3, 8) + Number(kWindow, 3, 1) +
                   Trailers(1)));
  EXPECT_EQ(log_, "head 1 200\nend 1 grpc-status=0\nhead 3 200\nend 3 grpc-status=0\n");
}

TEST_F(CallSessions, ResetACallWhoseAnswerIsNone) {
  struct Row {
    const char* what;
    std::string bytes;
    Http2Error error;
    const char* told;
  };
  const std::string many(kFramePayloadBytesMax / 8, 'v');
  std::string bomb = kHeadFields;
  for (int i = 0; i < 9; ++i) {
    bomb += std::string(1, '\0') + "\1n" + "\x7f" + "\x81\x0f" + many;
  }
  const std::vector<Row> rows = {
      {"DATA first", Frame(kData, 0, 1, "x"), Http2Error::kProtocol,
       "INTERNAL: DATA before any header"},
      {"no status", Frame(kHeaders, kEndHeaders, 1, Field("content-type", "application/grpc")),
       Http2Error::kProtocol, "INTERNAL: a malformed header"},
      {"an odd status", Frame(kHeaders, kEndHeaders, 1, Field(":status", "2000")),
       Http2Error::kProtocol, "INTERNAL: a malformed header"},
      {"a name in capitals", Frame(kHeaders, kEndHeaders, 1, kHeadFields + Field("Upper", "x")),
       Http2Error::kProtocol, "INTERNAL: a malformed header"},
      {"a late status", Frame(kHeaders, kEndHeaders, 1, Field("a", "b") + Field(":status", "200")),
       Http2Error::kProtocol, "INTERNAL: a malformed header"},
      {"a second head", Head(1) + Head(1), Http2Error::kProtocol, "INTERNAL: a malformed header"},
      {"trailers that do not end", Head(1) + Frame(kHeaders, kEndHeaders, 1, kTrailerFields),
       Http2Error::kProtocol, "INTERNAL: a malformed header"},
      {"an end before the head",
       Frame(kHeaders, kEndHeaders | kEndStream, 1, Field(":status", "100")), Http2Error::kProtocol,
       "INTERNAL: a malformed header"},
      {"a list too long",
       Frame(kHeaders, 0, 1, bomb.substr(0, kFramePayloadBytesMax)) +
           Frame(kContinuation, kEndHeaders, 1, bomb.substr(kFramePayloadBytesMax)),
       Http2Error::kCancel, "RESOURCE_EXHAUSTED: more header bytes than allowed"},
      {"a window of nothing", Number(kWindow, 1, 0), Http2Error::kFlowControl,
       "INTERNAL: a window beyond all bounds"},
      {"a window beyond 2^31", Number(kWindow, 1, 0x7FFFFFFF), Http2Error::kFlowControl,
       "INTERNAL: a window beyond all bounds"},
  };
  for (const Row& row : rows) {
    Restart();
    Greet();
    Open();
    Output();
    EXPECT_EQ(ResetOf(row.bytes, 1), row.error) << row.what;
    EXPECT_NE(log_.find("failure 1 " + std::string(row.told) + "\n"), std::string::npos)
        << row.what << ": " << log_;
    EXPECT_TRUE(session_->CanOpen()) << row.what;
  }
}

TEST_F(CallSessions, EndAConnectionThatIsNone) {
  struct Row {
    std::string bytes;
    Http2Error error;
    const char* trouble;
  };
  const std::vector<Row> rows = {
      {Frame(kData, 0, 9, "x"), Http2Error::kProtocol, "DATA of a call that never was"},
      {Head(9), Http2Error::kProtocol, "HEADERS of a call that never was"},
      {Head(2), Http2Error::kProtocol, "HEADERS of a call that never was"},
      {Number(kReset, 9, 8), Http2Error::kProtocol, "a broken RST_STREAM"},
      {Frame(kReset, 0, 1, "abc"), Http2Error::kProtocol, "a broken RST_STREAM"},
      {Frame(kPush, kEndHeaders, 1, Big32(2)), Http2Error::kProtocol,
       "a push that was not asked for"},
      {Frame(kPing, 0, 0, "1234567"), Http2Error::kFrameSize, "a broken PING"},
      {Frame(kSettings, 0, 0, "12345"), Http2Error::kFrameSize, "broken SETTINGS"},
      {Frame(kSettings, 0, 1, ""), Http2Error::kFrameSize, "broken SETTINGS"},
      {OneSetting(4, 0x80000000), Http2Error::kFlowControl, "a window beyond all bounds"},
      {Number(kWindow, 0, 0), Http2Error::kFlowControl, "a window beyond all bounds"},
      {Number(kWindow, 0, 0x7FFFFFFF), Http2Error::kFlowControl, "a window beyond all bounds"},
      {Frame(kWindow, 0, 0, "123"), Http2Error::kFrameSize, "a broken WINDOW_UPDATE"},
      {Frame(kGoAway, 0, 0, "1234567"), Http2Error::kFrameSize, "a broken GOAWAY"},
      {Frame(kHeaders, 0, 1, kHeadFields) + Frame(kData, 0, 1, ""), Http2Error::kProtocol,
       "a header block that is interrupted"},
      {Frame(kContinuation, kEndHeaders, 1, ""), Http2Error::kProtocol,
       "a header block that is interrupted"},
      {Frame(kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff\xff"), Http2Error::kCompression,
       "a header block that is none"},
      {Frame(kData, kPadded, 1, "\x09x"), Http2Error::kProtocol, "more padding than frame"},
      {Frame(kData, 0, 1, std::string(kFramePayloadBytesMax + 1, 'x')), Http2Error::kFrameSize,
       "a frame longer than allowed"},
  };
  for (const Row& row : rows) {
    Restart();
    Greet();
    Open();
    Output();
    EXPECT_FALSE(Feed(row.bytes)) << row.trouble;
    EXPECT_EQ(session_->trouble(), row.trouble);
    EXPECT_TRUE(session_->is_over());
    const auto last = session_->output().last(kFrameHeadBytes + 8);
    EXPECT_EQ(ReadFrameHead(last.data()).type, kGoAway) << row.trouble;
    EXPECT_EQ(static_cast<Http2Error>(ReadBig32(last.data() + kFrameHeadBytes + 4)), row.error)
        << row.trouble;
  }
  Restart();
  EXPECT_FALSE(Feed("HTTP/1.1 400 Bad Request\r\n\r\n"));
}

TEST_F(CallSessions, AnswerPingsAndSettingsUntilNobodyReadsThat) {
  Greet();
  EXPECT_TRUE(Feed(Frame(kPing, 0, 0, "12345678") + OneSetting(1, 0)));
  const std::vector<Sent> frames = Output();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].type, kPing);
  EXPECT_EQ(frames[0].flags, kAck);
  EXPECT_EQ(frames[0].number, ReadBig32(Raw("1234").data()));
  EXPECT_EQ(frames[1].type, kSettings);
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += Frame(kPing, 0, 0, "12345678");
  bool goes_on = true;
  for (int i = 0; i < 50 && goes_on; ++i) goes_on = Feed(flood);
  EXPECT_FALSE(goes_on);
  EXPECT_LE(session_->output().size(), 2 * CallSession::kOutputBytesMax + 100);
}

TEST_F(CallSessions, CutABlockThatNoFrameHolds) {
  Greet();
  Open(std::string(kFramePayloadBytesMax + 10, 'b'));
  const std::vector<Sent> frames = Output();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].type, kHeaders);
  EXPECT_EQ(frames[0].flags, 0U);
  EXPECT_EQ(frames[1].type, kContinuation);
  EXPECT_EQ(frames[1].flags, kEndHeaders);
}

TEST(PlainBlocks, AreReadByOthers) {
  PlainBlock block;
  block.AddKnown(3);
  block.AddNamed(4, "/a.B/C");
  block.AddNamed(58, std::string(127, 'u'));
  block.Add("name", std::string(20'000, 'v'));
  block.Add("", "");
  FieldList fields;
  ASSERT_TRUE(DecodeBlock(Raw(block.bytes()), fields));
  ASSERT_EQ(fields.size(), 5U);
  EXPECT_EQ(fields[0], FieldList::value_type(":method", "POST"));
  EXPECT_EQ(fields[1], FieldList::value_type(":path", "/a.B/C"));
  EXPECT_EQ(fields[2], FieldList::value_type("user-agent", std::string(127, 'u')));
  EXPECT_EQ(fields[3].second.size(), 20'000U);
}

TEST(CallStatus, IsThatOfGrpcsTables) {
  const std::map<std::uint32_t, Code> resets = {
      {0, Code::kInternal},   {1, Code::kInternal},           {2, Code::kInternal},
      {3, Code::kInternal},   {6, Code::kInternal},           {7, Code::kUnavailable},
      {8, Code::kCancelled},  {11, Code::kResourceExhausted}, {12, Code::kPermissionDenied},
      {1000, Code::kInternal}};
  for (const auto& [error, code] : resets) EXPECT_EQ(CodeOfReset(error), code) << error;
  const std::map<std::string, Code> statuses = {
      {"400", Code::kInternal},         {"401", Code::kUnauthenticated},
      {"403", Code::kPermissionDenied}, {"404", Code::kUnimplemented},
      {"429", Code::kUnavailable},      {"502", Code::kUnavailable},
      {"503", Code::kUnavailable},      {"504", Code::kUnavailable},
      {"200", Code::kUnknown},          {"500", Code::kUnknown}};
  for (const auto& [status, code] : statuses) EXPECT_EQ(CodeOfHttpStatus(status), code) << status;
}

}  // namespace
}  // namespace fairlead::h2
