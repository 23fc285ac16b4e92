// Flags: `--name=value` from the command line, for the demo's two small programs.
//
// Threads: main only. Invariant: every flag that was given is either known or refused.
#pragma once

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace fairlead::demo {

class Flags {
 public:
  // `known` holds every flag with its default. Ends the program with code 2 on anything else.
  Flags(int argc, char** argv, std::map<std::string, std::string> known)
      : values_(std::move(known)) {
    for (int i = 1; i < argc; ++i) Read(argv[i]);
  }

  const std::string& Text(const std::string& name) const { return values_.at(name); }

  // A whole number of 0 or more; ends the program with code 2 otherwise.
  int Number(const std::string& name) const {
    const std::string& text = values_.at(name);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) {
      Refuse("--" + name + "=" + text + " is not a whole number of 0 or more");
    }
    return value;
  }

 private:
  void Read(std::string_view argument) {
    const auto equals = argument.find('=');
    if (!argument.starts_with("--") || equals == std::string_view::npos) {
      Refuse("write flags as --name=value, not " + std::string(argument));
    }
    const auto known = values_.find(std::string(argument.substr(2, equals - 2)));
    if (known == values_.end()) Refuse("unknown flag " + std::string(argument));
    known->second = argument.substr(equals + 1);
  }

  [[noreturn]] static void Refuse(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(2);
  }

  std::map<std::string, std::string> values_;
};

}  // namespace fairlead::demo
