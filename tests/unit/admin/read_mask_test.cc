#include "admin/read_mask.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::admin {
namespace {

google::protobuf::FieldMask Mask(const std::vector<std::string>& paths) {
  google::protobuf::FieldMask mask;
  for (const std::string& path : paths) mask.add_paths(path);
  return mask;
}

Result<> Check(const std::vector<std::string>& paths) {
  return CheckReadMask(Mask(paths), *v1::Replica::descriptor());
}

v1::Replica Applied(const std::vector<std::string>& paths) {
  v1::Replica replica;
  replica.set_name("services/a.b/replicas/1");
  replica.set_address("10.0.0.1:1");
  replica.mutable_last_check()->mutable_latency()->set_seconds(1);
  replica.mutable_last_check()->set_check_class(v1::CHECK_CLASS_SERVING);
  ApplyReadMask(Mask(paths), replica);
  return replica;
}

TEST(ReadMask, TakesFieldsAndFieldsOfFields) {
  EXPECT_TRUE(Check({}));
  EXPECT_TRUE(Check({"*"}));
  EXPECT_TRUE(Check({"name", "last_check.latency"}));
}

TEST(ReadMask, NamesWhatIsNoField) {
  for (const char* path :
       {"nothing", "", "name.x", "last_check.", "last_check.nothing", ".", "pauses.actor"}) {
    const Result<> checked = Check({"name", path});
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().code, Code::kInvalidArgument);
    EXPECT_NE(checked.error().message.find("\"" + std::string(path) + "\""), std::string::npos);
  }
  EXPECT_FALSE(Check(std::vector<std::string>(kMaskPathsMax + 1, "name")));
}

TEST(ReadMask, LeavesOnlyWhatWasAskedFor) {
  EXPECT_EQ(Applied({}).address(), "10.0.0.1:1");
  EXPECT_EQ(Applied({"name", "*"}).address(), "10.0.0.1:1");
  const v1::Replica some = Applied({"name", "last_check.latency"});
  EXPECT_EQ(some.name(), "services/a.b/replicas/1");
  EXPECT_EQ(some.address(), "");
  EXPECT_EQ(some.last_check().latency().seconds(), 1);
  EXPECT_EQ(some.last_check().check_class(), v1::CHECK_CLASS_UNSPECIFIED);
}

}  // namespace
}  // namespace fairlead::admin
