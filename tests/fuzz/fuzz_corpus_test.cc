// Plays every checked-in input of every fuzz target: what was found once stays found.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

// A corpus is for people, too: small enough to read, and to play in seconds.
constexpr std::size_t kFilesMax = 100;
constexpr std::size_t kBytesMax = 100 * 1024;

const std::filesystem::path kCorpora = FAIRLEAD_SOURCE_DIR "/tests/fuzz/corpus";

std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FuzzCorpus : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, HoldsNoInputThatBreaksItsTarget) {
  std::size_t files = 0;
  std::size_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpora / GetParam().name)) {
    SCOPED_TRACE(entry.path().string());
    const std::string input = TextOf(entry.path());
    EXPECT_EQ(GetParam().run(input), 0);
    ++files;
    bytes += input.size();
  }
  EXPECT_GE(files, 3U);
  EXPECT_LE(files, kFilesMax);
  EXPECT_LE(bytes, kBytesMax);
}

TEST_P(FuzzCorpus, ItsTargetTakesNothingAndEveryByte) {
  EXPECT_EQ(GetParam().run(""), 0);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string input(1, static_cast<char>(byte));
    EXPECT_EQ(GetParam().run(input), 0);
    EXPECT_EQ(GetParam().run(std::string(300, static_cast<char>(byte))), 0);
  }
}

// Every input of one target is one more odd input of all others.
TEST_P(FuzzCorpus, ItsTargetTakesTheInputsOfAllOthers) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kCorpora)) {
    if (!entry.is_regular_file()) continue;
    SCOPED_TRACE(entry.path().string());
    EXPECT_EQ(GetParam().run(TextOf(entry.path())), 0);
  }
}

TEST(FuzzTargets, EveryCorpusHasItsTarget) {
  for (const auto& entry : std::filesystem::directory_iterator(kCorpora)) {
    const std::string name = entry.path().filename();
#ifndef FAIRLEAD_FUZZES_XDS
    if (name.starts_with("discovery_") || name == "name_server" || name == "load_reports") continue;
    if (name == "gateway_request" || name == "server_reflection") continue;
    if (name == "grpc_web" || name == "sink_template") continue;
#endif
    EXPECT_TRUE(std::ranges::any_of(Targets(), [&](const Target& t) { return t.name == name; }))
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, FuzzCorpus, ::testing::ValuesIn(Targets().begin(), Targets().end()),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace fairlead::fuzz
