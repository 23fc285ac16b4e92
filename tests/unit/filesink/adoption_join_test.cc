#include "filesink/adoption_join.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace fairlead::filesink {
namespace {

const ServiceName kUsers{.project = "shop", .service = "users"};
const ServiceName kCarts{.project = "shop", .service = "carts"};

class Written final : public xds::AdoptionSink {
 public:
  void OnAdopted(const ServiceName& service, std::uint64_t revision) override {
    text_ += service.service + "@" + std::to_string(revision) + " ";
  }
  std::string Take() { return std::exchange(text_, ""); }

 private:
  std::string text_;
};

TEST(AdoptionJoin, WithoutFilesDiscoverysWordIsTheLast) {
  Written sink;
  AdoptionJoin join(sink, {});
  join.OnAdopted(kUsers, 7);
  EXPECT_EQ(sink.Take(), "users@7 ");
}

TEST(AdoptionJoin, AListIsAdoptedWhenDiscoveryAndEachFileHaveIt) {
  Written sink;
  AdoptionJoin join(sink, {{}, {}});
  join.OnAdopted(kUsers, 7);
  join.OnWritten(0, {{kUsers, 7}});
  EXPECT_EQ(sink.Take(), "");
  join.OnWritten(1, {{kUsers, 6}});
  EXPECT_EQ(sink.Take(), "users@6 ");
  join.OnWritten(1, {{kUsers, 6}});
  EXPECT_EQ(sink.Take(), "") << "no news";
  join.OnWritten(1, {{kUsers, 9}});
  EXPECT_EQ(sink.Take(), "users@7 ");
  join.OnAdopted(kUsers, 8);
  EXPECT_EQ(sink.Take(), "users@7 ") << "file 0 still has 7";
}

TEST(AdoptionJoin, AFileHoldsUpOnlyTheServicesThatItNames) {
  Written sink;
  AdoptionJoin join(sink, {{kCarts}});
  join.OnAdopted(kUsers, 3);
  EXPECT_EQ(sink.Take(), "users@3 ");
  join.OnAdopted(kCarts, 4);
  EXPECT_EQ(sink.Take(), "");
  join.OnWritten(0, {{kCarts, 4}, {kUsers, 1}});
  EXPECT_EQ(sink.Take(), "carts@4 ");
}

TEST(AdoptionJoin, NothingIsRememberedOfAServiceThatIsGone) {
  Written sink;
  AdoptionJoin join(sink, {{}});
  join.OnAdopted(kUsers, 3);
  join.OnWritten(0, {{kUsers, 3}});
  EXPECT_EQ(sink.Take(), "users@3 ");
  join.Forget(kUsers);
  join.OnAdopted(kUsers, 4);
  EXPECT_EQ(sink.Take(), "");
}

}  // namespace
}  // namespace fairlead::filesink
