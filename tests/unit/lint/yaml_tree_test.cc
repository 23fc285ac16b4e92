#include "lint/yaml_tree.h"

#include <gtest/gtest.h>

#include "lint/codes.h"

namespace fairlead::lint {
namespace {

std::string Code(const std::string& text) {
  const YamlTree tree = ReadYaml(text, 0);
  if (tree.problems.empty()) return tree.root ? "" : "no root and no problem";
  return std::string(tree.problems.front().code);
}

std::string Place(const std::string& text) {
  const YamlTree tree = ReadYaml(text, 0);
  if (tree.problems.empty()) return "";
  const Mark mark = tree.problems.front().mark;
  return std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

std::string Repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(YamlTree, KeysAndValuesHaveTheirPlaces) {
  const YamlTree tree = ReadYaml("a:\n  b: [x, 'y']\n", 3);
  ASSERT_TRUE(tree.root);
  const YamlNode* list = tree.root->Find("a")->Find("b");
  ASSERT_EQ(list->items.size(), 2U);
  EXPECT_EQ(list->items[1]->mark, (Mark{.file = 3, .line = 2, .column = 10}));
  EXPECT_FALSE(list->items[1]->is_plain);
  EXPECT_EQ(tree.root->Find("a")->members.front().first->mark.column, 3U);
  EXPECT_EQ(tree.root->Find("nothing"), nullptr);
}

TEST(YamlTree, AnchorsAreSharedAndMergedMembersGiveWayToOwnOnes) {
  const YamlTree tree =
      ReadYaml("x: &x {a: 1, b: 2}\ny: &y {c: 3}\nz:\n  <<: [*x, *y]\n  b: own\nlist: *x\n", 0);
  ASSERT_TRUE(tree.root);
  const YamlNode* z = tree.root->Find("z");
  EXPECT_EQ(z->members.size(), 3U);
  EXPECT_EQ(z->Find("b")->text, "own");
  EXPECT_EQ(z->Find("c")->text, "3");
  EXPECT_EQ(tree.root->Find("list"), tree.root->Find("x"));
}

TEST(YamlTree, NullIsWhatIsWrittenPlain) {
  const YamlTree tree = ReadYaml("a:\nb: ~\nc: null\nd: 'null'\n", 0);
  ASSERT_TRUE(tree.root);
  for (const char* key : {"a", "b", "c"}) EXPECT_TRUE(tree.root->Find(key)->is_null()) << key;
  EXPECT_FALSE(tree.root->Find("d")->is_null());
}

TEST(YamlTree, WhatIsNoYamlIsRefusedAtItsPlace) {
  EXPECT_EQ(Code("a: [1, 2\n"), codes::kYamlSyntax);
  EXPECT_EQ(Code("a: b: c\n"), codes::kYamlSyntax);
  EXPECT_EQ(Place("a: 1\nb: \"x\n"), "2:4");
  EXPECT_EQ(Code("a: *nobody\n"), codes::kYamlSyntax);
  EXPECT_EQ(Code("a: &a [*a]\n"), codes::kYamlSyntax) << "an alias inside itself";
  EXPECT_EQ(Code("a:\n  <<: text\n"), codes::kYamlSyntax);
  EXPECT_EQ(Code("[a]: b\n"), codes::kComposeShape);
  EXPECT_EQ(Code("a: 1\na: 2\n"), codes::kYamlDuplicateKey);
  EXPECT_EQ(Code("a: 1\n---\nb: 2\n"), codes::kYamlDocuments);
  EXPECT_EQ(Code(""), codes::kYamlDocuments);
  EXPECT_EQ(Code("# nothing\n"), codes::kYamlDocuments);
}

TEST(YamlTree, BytesThatAreNoTextAreRefusedAtTheirPlace) {
  EXPECT_EQ(Code(std::string("a: b\nc: \0d\n", 11)), codes::kYamlSyntax);
  EXPECT_EQ(Place("a: b\nc: \xff\n"), "2:4");
  EXPECT_EQ(Code("\xff\xfe"
                 "a\0"),
            codes::kYamlSyntax)
      << "UTF-16 is another encoding";
  EXPECT_EQ(Code("a: \x1b[2J\n"), codes::kYamlSyntax);
}

TEST(YamlTree, DepthIsBoundedAlsoByTowersOfAliases) {
  EXPECT_EQ(Code("a: " + Repeated("[", 62) + Repeated("]", 62) + "\n"), "");
  EXPECT_EQ(Code("a: " + Repeated("[", 64) + Repeated("]", 64) + "\n"), codes::kYamlTooDeep);
  EXPECT_EQ(Code(Repeated("[", 500'000)), codes::kYamlTooDeep);
  EXPECT_EQ(Code("a: " + Repeated("{b: ", 100'000)), codes::kYamlTooDeep);
  std::string tower = "t0: &t0 [x]\n";
  for (int i = 1; i < 20'000; ++i) {
    const std::string n = std::to_string(i);
    tower += "t" + n + ": &t" + n + " [*t" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_EQ(Code(tower), codes::kYamlTooDeep);
}

TEST(YamlTree, ABillionLaughsStayAFewPointers) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'z'; ++c) {
    const std::string before = Repeated(std::string("*") + static_cast<char>(c - 1) + ", ", 9);
    bomb += std::string(1, c) + ": &" + c + " [" + before + "*" + static_cast<char>(c - 1) + "]\n";
  }
  EXPECT_EQ(Code(bomb), "");
}

TEST(YamlTree, ValuesAndMergedMembersAreCounted) {
  EXPECT_EQ(Code("a: [" + Repeated("x,", 150'000) + "]\n"), codes::kYamlTooLarge);
  std::string merges = "a: &a {";
  for (int i = 0; i < 1'000; ++i) merges += "k" + std::to_string(i) + ": 1, ";
  merges += "}\n";
  for (int i = 0; i < 200; ++i) merges += "m" + std::to_string(i) + ": {<<: *a}\n";
  EXPECT_EQ(Code(merges), codes::kYamlTooLarge);
}

TEST(YamlTree, TenMegabytesAreRefusedUnread) {
  EXPECT_EQ(Code(std::string(10'000'000, '[')), codes::kFileTooBig);
  EXPECT_EQ(Code(std::string(kFileBytesMax, '#')), codes::kYamlDocuments);
}

}  // namespace
}  // namespace fairlead::lint
