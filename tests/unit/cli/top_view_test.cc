#include "cli/top_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace fairlead::cli {
namespace {

constexpr std::int64_t kViewedAt = 1'000'000;

pb::Replica Make(const std::string& name, bool is_in, std::int64_t ago, int milliseconds,
                 int restarts) {
  pb::Replica replica;
  replica.set_display_name(name);
  replica.set_in_rotation(is_in);
  replica.set_out_reason(is_in ? "" : "failing(timeout)");
  replica.mutable_rotation_since()->set_seconds(kViewedAt - ago);
  replica.set_presence("running");
  replica.set_repair("idle");
  replica.set_restarts_in_window(restarts);
  replica.set_address("10.0.0.1:50051");
  replica.mutable_last_check()->set_check_class(pb::CHECK_CLASS_SERVING);
  replica.mutable_last_check()->mutable_latency()->set_nanos(milliseconds * 1'000'000);
  return replica;
}

TopPicture Picture() {
  TopPicture picture;
  picture.status.set_version("0.1.0");
  picture.status.set_phase(pb::PHASE_SERVING);
  picture.status.mutable_phase_since()->set_seconds(kViewedAt - 300);
  picture.status.set_service_count(1);
  picture.status.set_replica_count(4);
  picture.status.set_replica_in_rotation_count(2);
  picture.replicas = {Make("api.shop/1", true, 60, 2, 0), Make("api.shop/2", false, 30, 9, 1),
                      Make("api.shop/3", true, 5, 4, 3), Make("api.shop/4", false, 3, 1, 0)};
  return picture;
}

// The numbers of the replicas, from the top.
std::string OrderOf(const std::string& text) {
  std::string order;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("api.shop/")) order += line[9];
  }
  return order;
}

TEST(ShowTop, IsAHeadATableAndTheKeys) {
  EXPECT_EQ(ShowTop(Picture(), kViewedAt, {.shows_keys = true}),
            "fairleadd 0.1.0  serving for 5m  1 services, 2 of 4 replicas in rotation\n"
            "REPLICA     ROTATION               SINCE  STATE    LAST CHECK     REPAIR             "
            "ADDRESS\n"
            "api.shop/4  out(failing(timeout))  3s     running  serving 1.0ms  idle               "
            "10.0.0.1:50051\n"
            "api.shop/2  out(failing(timeout))  30s    running  serving 9.0ms  idle (1 restarts)  "
            "10.0.0.1:50051\n"
            "api.shop/1  in                     60s    running  serving 2.0ms  idle               "
            "10.0.0.1:50051\n"
            "api.shop/3  in                     5s     running  serving 4.0ms  idle (3 restarts)  "
            "10.0.0.1:50051\n"
            "q ends; order: o out first, n name, l latency, r restarts\n");
}

TEST(ShowTop, StandsInTheOrderThatAKeyAsksFor) {
  const auto ordered = [](char key) {
    return OrderOf(ShowTop(Picture(), kViewedAt, {.order = *OrderOfKey(key)}));
  };
  EXPECT_EQ(ordered('o'), "4213") << "out first, the latest of them on top";
  EXPECT_EQ(ordered('n'), "1234");
  EXPECT_EQ(ordered('l'), "2314");
  EXPECT_EQ(ordered('r'), "3214");
  EXPECT_EQ(OrderOfKey('x'), std::nullopt);
}

TEST(ShowTop, NeverHasMoreLinesThanTheScreen) {
  TopPicture picture = Picture();
  picture.status.set_brake("too many fail at once");
  picture.trouble = "gone";
  for (std::size_t lines = 6; lines < 12; ++lines) {
    const std::string text = ShowTop(picture, kViewedAt, {.lines_max = lines, .shows_keys = true});
    EXPECT_LE(static_cast<std::size_t>(std::ranges::count(text, '\n')), std::max(lines, 7UZ))
        << text;
  }
  EXPECT_NE(ShowTop(Picture(), kViewedAt, {.lines_max = 5}).find("... and 2 more\n"),
            std::string::npos);
}

TEST(ShowTop, SaysWhatIsWrongWithTheWhole) {
  TopPicture picture = Picture();
  picture.status.set_phase(pb::PHASE_STALE);
  picture.status.set_phase_reason("the engine is away");
  picture.status.set_brake("half of the host\x1b[2J");
  picture.trouble = "connection refused";
  picture.status.add_pauses()->set_display_name("this host");
  const std::string text = ShowTop(picture, kViewedAt, {});
  for (const char* words :
       {"stale for 5m", "\nthe engine is away\n", "\nbrake: half of the host",
        "\nno answer: connection refused\n", "\nrepairs of this host are paused"})
    EXPECT_NE(text.find(words), std::string::npos) << words;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(TopDigest, CountsNoAgeAndNoLatency) {
  TopPicture later = Picture();
  later.replicas[0].mutable_last_check()->mutable_latency()->set_nanos(7);
  later.replicas[0].mutable_rotation_since()->set_seconds(1);
  EXPECT_EQ(TopDigest(Picture()), TopDigest(later));
  later.replicas[0].set_in_rotation(false);
  EXPECT_NE(TopDigest(Picture()), TopDigest(later));
}

}  // namespace
}  // namespace fairlead::cli
