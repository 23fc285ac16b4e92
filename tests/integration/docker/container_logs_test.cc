// The end of a container's log against engines that answer well, badly, or not at all.
#include "docker/container_logs.h"

#include <gmock/gmock.h>

#include "integration/docker/engine_fixture.h"

namespace fairlead::docker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ContainerLogs : public EngineFixture {
 protected:
  Result<std::vector<std::string>> Read(ContainerId id) {
    return driver_.Run(
        ReadLogs(driver_.context(), {.endpoint = fake_.endpoint(), .id = std::move(id)}));
  }
  void Answer(const std::string& status, const std::string& body) {
    fake_.Misbehave("/logs", {.raw = "HTTP/1.1 " + status + "\r\nContent-Length: " +
                                     std::to_string(body.size()) + "\r\n\r\n" + body});
  }
};

TEST_F(ContainerLogs, AreItsLastLines) {
  Answer("200 OK", std::string("\x01\0\0\0\0\0\0\x05one\n\n", 13));
  const auto lines = Read(id_);
  ASSERT_TRUE(lines) << lines.error().Text();
  EXPECT_THAT(*lines, ElementsAre("one", ""));
}

TEST_F(ContainerLogs, ThatTheEngineDoesNotKeepAreItsOwnWords) {
  Answer("501 Not Implemented",
         R"({"message": "configured logging driver does not support reading"})");
  const auto lines = Read(id_);
  ASSERT_FALSE(lines);
  EXPECT_THAT(lines.error().message, HasSubstr("logging driver does not support reading"));
  EXPECT_EQ(Read(ContainerId("../info")).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fairlead::docker
