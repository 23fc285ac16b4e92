#include "gateway/reflection_call.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/reflection_wire.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

std::shared_ptr<const DescriptorSet> Described(const Description& description) {
  return DescriptorSet::Of(description, {}).value_or(nullptr);
}

ReflectionAnswer Asked(ReflectionIndex& index, const std::string& question) {
  return ReadReflectionAnswer(index.Answer(question)).value_or(ReflectionAnswer());
}

std::string FileNameIn(const ReflectionAnswer& answer) {
  google::protobuf::FileDescriptorProto file;
  if (answer.files.size() != 1 || !file.ParseFromString(answer.files[0])) return "";
  return file.name();
}

TEST(ReflectionIndex, HasWhatAnyOfItsSetsHas) {
  ReflectionIndex index({Described(Greeter()), Described(DescriptionOf(FileOf("other.proto", R"(
      message_type { name: "Empty" }
      service { name: "Other" method { name: "Do" input_type: ".pb.Empty" output_type: ".pb.Empty" } })"),
                                                                       "pb.Other"))});
  EXPECT_EQ(Asked(index, AskForServices()).services,
            (std::vector<std::string>{"pb.Greeter", "pb.Other"}));
  EXPECT_EQ(FileNameIn(Asked(index, AskForSymbol("pb.Greeter.SayHello"))), "hello.proto");
  EXPECT_EQ(FileNameIn(Asked(index, AskForSymbol("pb.Empty"))), "other.proto");
  EXPECT_EQ(FileNameIn(Asked(index, AskForFile("hello.proto"))), "hello.proto");
  EXPECT_EQ(Asked(index, AskForSymbol("pb.Nothing")).error->code, Code::kNotFound);
  EXPECT_EQ(Asked(index, AskForFile("nothing.proto")).error->code, Code::kNotFound);
  EXPECT_EQ(Asked(index, "").error->code, Code::kInvalidArgument);
  EXPECT_EQ(Asked(index, "\xff\xff").error->code, Code::kInvalidArgument);
}

TEST(ReflectionIndex, TakesFilesOfOneNameFromWhereTheLastAnswerCame) {
  const auto of = [](const std::string& service) {
    return Described(DescriptionOf(
        FileOf("same.proto", "message_type { name: \"" + service + "In\" } service { name: \"" +
                                 service + "\" method { name: \"Do\" input_type: \".pb." + service +
                                 "In\" output_type: \".pb." + service + "In\" } }"),
        "pb." + service));
  };
  ReflectionIndex index({of("One"), of("Two")});
  const auto two = Asked(index, AskForSymbol("pb.Two")).files;
  EXPECT_EQ(Asked(index, AskForFile("same.proto")).files, two);
  const auto one = Asked(index, AskForSymbol("pb.One")).files;
  EXPECT_NE(one, two);
  EXPECT_EQ(Asked(index, AskForFile("same.proto")).files, one);
}

}  // namespace
}  // namespace fairlead::gateway
