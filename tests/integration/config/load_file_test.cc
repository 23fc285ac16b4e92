#include "config/load_file.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "spec/diagnostic_codes.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

class LoadFileTest : public ::testing::Test {
 protected:
  LoadFileTest() {
    std::string pattern = (fs::temp_directory_path() / "fairlead-config-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~LoadFileTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }
  static std::string TextOf(const std::string& path) {
    const auto file = LoadFile(path);
    return file ? file->text : file.error().Text();
  }
  static Code CodeOf(const std::string& path) {
    const auto text = LoadFile(path);
    return text ? Code::kOk : text.error().code;
  }

  fs::path folder_;
};

TEST_F(LoadFileTest, GivesTheBytesOfARegularFile) {
  const std::string bytes("{\0\xff}", 4);
  EXPECT_EQ(TextOf(Write("config.json", bytes)), bytes);
  EXPECT_EQ(TextOf(Write("empty.json", "")), "");
  fs::create_symlink(Path("config.json"), Path("link.json"));
  EXPECT_EQ(TextOf(Path("link.json")), bytes);
}

TEST_F(LoadFileTest, TellsWhetherEveryUserMayReadIt) {
  const std::string path = Write("config.json", R"({"webhooks": ["http://me:word@127.0.0.1/"]})");
  fs::permissions(path, static_cast<fs::perms>(0640));
  EXPECT_FALSE(LoadFile(path)->is_open);
  EXPECT_TRUE(LoadConfig({"--config", path}, {}).ok());
  fs::permissions(path, static_cast<fs::perms>(0644));
  EXPECT_TRUE(LoadFile(path)->is_open);
  EXPECT_FALSE(LoadConfig({"--config", path}, {}).ok());
}

TEST_F(LoadFileTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(CodeOf(Path("none.json")), Code::kNotFound);
  EXPECT_EQ(CodeOf(Write("file", "") + "/below"), Code::kNotFound);
  EXPECT_EQ(CodeOf(folder_.string()), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf("/dev/zero"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(std::string("/x\0y", 4)), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf("/" + std::string(10'000, 'x')), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(""), Code::kNotFound);
  fs::create_symlink(Path("b"), Path("a"));
  fs::create_symlink(Path("a"), Path("b"));
  EXPECT_EQ(CodeOf(Path("a")), Code::kInvalidArgument);
  EXPECT_EQ(LoadFile(folder_.string()).error().message,
            "read " + folder_.string() + ": not a regular file, but a directory");
}

TEST_F(LoadFileTest, DoesNotWaitOnAFifo) {
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(CodeOf(Path("fifo")), Code::kInvalidArgument);
}

TEST_F(LoadFileTest, RefusesASocket) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(fd, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, Path("socket").c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(CodeOf(Path("socket")), Code::kInvalidArgument);
  close(fd);
}

TEST_F(LoadFileTest, StopsReadingAtTheLimit) {
  EXPECT_EQ(CodeOf(Write("full.json", std::string(kConfigFileBytesMax, ' '))), Code::kOk);
  EXPECT_EQ(CodeOf(Write("over.json", std::string(kConfigFileBytesMax + 1, ' '))),
            Code::kResourceExhausted);
  Write("sparse.json", "");
  ASSERT_EQ(truncate(Path("sparse.json").c_str(), off_t{1} << 30), 0);  // 1 GiB
  EXPECT_EQ(CodeOf(Path("sparse.json")), Code::kResourceExhausted);
}

TEST_F(LoadFileTest, LoadConfigReadsTheNamedFile) {
  const std::string path = Write("config.json", R"({"log": {"level": "warn"}})");
  const ConfigReading reading = LoadConfig({"--config", path}, {});
  EXPECT_TRUE(reading.ok());
  EXPECT_EQ(reading.config.log.level, "warn");
}

TEST_F(LoadFileTest, LoadConfigMissesOnlyAFileThatWasNamed) {
  const ConfigReading reading =
      LoadConfig({"--log.levle=warn"}, {{"FAIRLEAD_CONFIG", Path("none.json")}});
  ASSERT_EQ(reading.diagnostics.size(), 2U);  // and still tells the rest
  EXPECT_EQ(reading.diagnostics[0].code, spec::codes::kConfigUnreadable);
  EXPECT_EQ(reading.diagnostics[0].subject, Path("none.json"));
  EXPECT_EQ(reading.diagnostics[1].code, spec::codes::kConfigUnknownKey);
}

}  // namespace
}  // namespace fairlead::config
