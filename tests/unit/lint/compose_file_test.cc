#include "lint/compose_file.h"

#include <gtest/gtest.h>

#include "lint/codes.h"

namespace fairlead::lint {
namespace {

ComposeReading Read(std::vector<std::string> texts) {
  ComposeSources sources;
  for (std::size_t i = 0; i < texts.size(); ++i)
    sources.files.push_back({.name = std::to_string(i) + ".yaml", .text = texts[i]});
  return ReadComposeFiles(sources);
}

std::string Labels(const ComposeService& service) {
  std::string text;
  for (const auto& [key, value] : service.labels) {
    text += key + "=" + value.text + "@" + std::to_string(value.mark.file) + ":" +
            std::to_string(value.mark.line) + " ";
  }
  return text;
}

TEST(ComposeFile, LabelsAreReadAsAListAndAsAMapping) {
  const ComposeReading reading =
      Read({"services:\n  a:\n    labels:\n      - x=1\n      - y\n      - z=a=b\n"
            "  b:\n    labels:\n      x: 1\n      y:\n"});
  EXPECT_TRUE(reading.problems.empty());
  EXPECT_EQ(Labels(reading.project.services.at("a")), "x=1@0:4 y=@0:5 z=a=b@0:6 ");
  EXPECT_EQ(Labels(reading.project.services.at("b")), "x=1@0:9 y=@0:10 ");
}

TEST(ComposeFile, ALaterFileTakesThePlaceOfSingleValuesAndAddsPorts) {
  const ComposeReading reading =
      Read({"name: one\nservices:\n  a:\n    labels: [x=1, y=1]\n    ports: ['80']\n    scale: 2\n",
            "name: two\nservices:\n  a:\n    labels: {y: 2}\n    expose: [81]\n    scale: 3\n"});
  EXPECT_EQ(reading.project.name, "two");
  const ComposeService& service = reading.project.services.at("a");
  EXPECT_EQ(Labels(service), "x=1@0:4 y=2@1:4 ");
  EXPECT_EQ(service.ports, (std::set<std::uint16_t>{80, 81}));
  EXPECT_EQ(service.replicas->text, "3");
}

TEST(ComposeFile, ResetTakesAwayAndOverrideReplaces) {
  const ComposeReading reading =
      Read({"services:\n  a: {labels: [x=1], ports: ['80'], container_name: c}\n",
            "services:\n  a:\n    labels: !override [y=2]\n    ports: !reset []\n"
            "    container_name: !reset null\n"});
  const ComposeService& service = reading.project.services.at("a");
  EXPECT_EQ(Labels(service), "y=2@1:3 ");
  EXPECT_TRUE(service.ports.empty());
  EXPECT_FALSE(service.container_name);
}

TEST(ComposeFile, PortsAreThoseOfTheContainerOverTcp) {
  const ComposeReading reading = Read(
      {"services:\n  a:\n    ports: ['8080:80', '127.0.0.1:1:81/tcp', '53:53/udp', '90-92', x, "
       "{target: 70}, {target: 71, protocol: udp}, '0', '99999']\n"});
  EXPECT_EQ(reading.project.services.at("a").ports,
            (std::set<std::uint16_t>{70, 80, 81, 90, 91, 92}));
}

TEST(ComposeFile, WhatIsExtendedComesBeforeOwnWords) {
  const ComposeReading reading =
      Read({"services:\n  base: {labels: [x=1, y=1], expose: [80]}\n"
            "  a:\n    extends: {service: base}\n    labels: [y=2]\n  b: {extends: base}\n"});
  EXPECT_EQ(Labels(reading.project.services.at("a")), "x=1@0:2 y=2@0:5 ");
  EXPECT_EQ(reading.project.services.at("b").ports, std::set<std::uint16_t>{80});
}

TEST(ComposeFile, AnotherFileIsReadOnceRelativeToTheOneThatNamesIt) {
  int reads = 0;
  ComposeSources sources;
  sources.files.push_back({.name = "dir/a.yaml",
                           .text = "services:\n  a: {extends: {file: b.yaml, service: b}}\n"
                                   "  c: {extends: {file: b.yaml, service: nobody}}\n"});
  sources.read = [&](const std::string& path) -> Result<std::string> {
    ++reads;
    EXPECT_EQ(path, "dir/b.yaml");
    return "services:\n  b: {labels: [x=1]}\n";
  };
  const ComposeReading reading = ReadComposeFiles(sources);
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(Labels(reading.project.services.at("a")), "x=1@1:2 ");
  EXPECT_FALSE(reading.project.services.contains("b"));
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_EQ(reading.problems.front().code, codes::kComposeExtends);
}

TEST(ComposeFile, AServiceThatExtendsItselfIsToldOfAndEnds) {
  const ComposeReading reading =
      Read({"services:\n  a: {extends: b}\n  b: {extends: a, labels: [x=1]}\n"});
  ASSERT_FALSE(reading.problems.empty());
  EXPECT_EQ(reading.problems.front().code, codes::kComposeExtends);
}

}  // namespace
}  // namespace fairlead::lint
