#include "transcode/stream_form.h"

#include <gtest/gtest.h>

#include <string>

#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::transcode {
namespace {

using admin::v1::WatchEventsRequest;
using admin::v1::WatchEventsResponse;

WatchEventsResponse EventWithId(std::uint64_t id) {
  WatchEventsResponse message;
  message.mutable_event()->set_id(id);
  message.mutable_event()->set_text("two\nlines");
  return message;
}

TEST(StreamForm, IsEventsWhereTheyAreAccepted) {
  EXPECT_EQ(FormFor(""), StreamForm::kLines);
  EXPECT_EQ(FormFor("*/*"), StreamForm::kLines);
  EXPECT_EQ(FormFor("text/event-stream, */*"), StreamForm::kEvents);
}

TEST(StreamForm, PiecesAreOneLineEachOrAnEventWithItsCursor) {
  const std::string line = PieceOf(StreamForm::kLines, EventWithId(7));
  EXPECT_TRUE(line.starts_with("{\"result\":{"));
  EXPECT_TRUE(line.ends_with("}\n"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const std::string event = PieceOf(StreamForm::kEvents, EventWithId(7));
  EXPECT_TRUE(event.starts_with("id: 7\ndata: {")) << event;
  EXPECT_TRUE(event.ends_with("}\n\n"));
  WatchEventsResponse gap;
  gap.mutable_gap()->set_missed_count(3);
  EXPECT_TRUE(PieceOf(StreamForm::kEvents, gap).starts_with("data: {"));
}

TEST(StreamForm, AnErrorIsTheLastPiece) {
  EXPECT_EQ(ErrorPieceOf(StreamForm::kLines, "{\"code\":14}"), "{\"error\":{\"code\":14}}\n");
  EXPECT_EQ(ErrorPieceOf(StreamForm::kEvents, "{\"code\":14}"),
            "event: error\ndata: {\"code\":14}\n\n");
}

TEST(Resume, PutsTheLastIdIntoARequestThatHasACursor) {
  WatchEventsRequest request;
  EXPECT_TRUE(Resume("18446744073709551615", request));
  EXPECT_EQ(request.after_id(), 18446744073709551615U);
  for (const std::string id : {"", "x", "-1", "1x", "18446744073709551616"})
    EXPECT_EQ(Resume(id, request).error().code, Code::kInvalidArgument) << id;
  admin::v1::GetStatusRequest other;
  EXPECT_EQ(Resume("1", other).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fairlead::transcode
