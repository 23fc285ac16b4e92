#include "gateway/descriptor_files.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

std::string SetBytes(const std::vector<std::string>& texts) {
  google::protobuf::FileDescriptorSet set;
  for (std::size_t i = 0; i < texts.size(); ++i)
    *set.add_file() = FileOf("f" + std::to_string(i) + ".proto", texts[i]);
  return set.SerializeAsString();
}

TEST(DescriptorSetBytes, HaveTheServicesOfAllTheirFiles) {
  const auto read = ReadDescriptorSet(SetBytes({GreeterText(), R"(service { name: "Empty" })"}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->services, (std::vector<std::string>{"pb.Greeter", "pb.Empty"}));
  EXPECT_EQ(read->files.size(), 2U);
}

TEST(DescriptorSetBytes, AreRefusedWithoutAService) {
  for (const std::string& bytes : std::vector<std::string>{"", "no set", "\x0A\x05x"})
    EXPECT_EQ(ReadDescriptorSet(bytes).error().code, Code::kInvalidArgument);
  EXPECT_EQ(ReadDescriptorSet(SetBytes({R"(message_type { name: "M" })"})).error().code,
            Code::kNotFound);
}

class MountedFiles : public ::testing::Test {
 protected:
  MountedFiles() : folder_(std::filesystem::path(::testing::TempDir()) / "descriptor_files") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~MountedFiles() override { std::filesystem::remove_all(folder_); }

  // As a deploy does it: another file, renamed.
  void Replace(const std::string& bytes) {
    std::ofstream(folder_ / "new", std::ios::binary) << bytes;
    std::filesystem::rename(folder_ / "new", folder_ / "set");
  }
  std::string Route() const {
    const auto set = files_.Find("shop");
    if (!set) return std::string(CodeName(set.error().code));
    return (*set)->routes().all().front().path.text();
  }

  const std::filesystem::path folder_;
  std::vector<std::string> told_;
  DescriptorFiles files_{{{"shop", (folder_ / "set").string()}},
                         {},
                         [this](const std::string& name, const std::string& trouble) {
                           told_.push_back(name + (trouble.empty() ? " taken" : " refused"));
                         }};
};

TEST_F(MountedFiles, AreTakenWhenTheyComeAndWhenTheyChange) {
  EXPECT_EQ(files_.Look(), std::vector<std::string>{});
  EXPECT_EQ(Route(), "UNAVAILABLE");
  EXPECT_EQ(files_.Find("other").error().code, Code::kNotFound);
  Replace(SetBytes({GreeterText()}));
  EXPECT_EQ(files_.Look(), std::vector<std::string>{"shop"});
  EXPECT_EQ(Route(), "/v1/hellos/{name}");
  EXPECT_EQ(files_.Look(), std::vector<std::string>{});
  Replace(SetBytes({R"(message_type { name: "M" } service { name: "S"
                       method { name: "A" input_type: ".pb.M" output_type: ".pb.M" } })"}));
  EXPECT_EQ(files_.Look(), std::vector<std::string>{"shop"});
  EXPECT_EQ(Route(), "/pb.S/A");
  EXPECT_EQ(told_, (std::vector<std::string>{"shop refused", "shop taken", "shop taken"}));
}

TEST_F(MountedFiles, ThatAreBadOrGoneLeaveTheFormerInUse) {
  Replace(SetBytes({GreeterText()}));
  EXPECT_EQ(files_.Look().size(), 1U);
  Replace("half a");
  EXPECT_EQ(files_.Look(), std::vector<std::string>{});
  EXPECT_EQ(files_.Look(), std::vector<std::string>{});
  EXPECT_EQ(Route(), "/v1/hellos/{name}");
  std::filesystem::remove(folder_ / "set");
  EXPECT_EQ(files_.Look(), std::vector<std::string>{});
  EXPECT_EQ(Route(), "/v1/hellos/{name}");
  // Once for each change, and again when it is well.
  Replace(SetBytes({GreeterText()}));
  EXPECT_EQ(files_.Look(), std::vector<std::string>{});
  EXPECT_EQ(told_,
            (std::vector<std::string>{"shop taken", "shop refused", "shop refused", "shop taken"}));
}

}  // namespace
}  // namespace fairlead::gateway
