// Manifest: a file of manifests/ that a test compares with the table it comes from.
//
// FAIRLEAD_REWRITE=1 asks for the file to be written anew in place of the comparison.
// Threads: any; each call opens the file for itself.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace fairlead::testing {

inline std::string ManifestPath(std::string_view name) {
  return std::string(FAIRLEAD_SOURCE_DIR "/manifests/").append(name);
}

// The whole text; empty when the file is missing, which no comparison survives.
inline std::string ReadManifest(std::string_view name) {
  std::ifstream file(ManifestPath(name));
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

inline void WriteManifest(std::string_view name, std::string_view text) {
  std::ofstream(ManifestPath(name)) << text;
}

inline bool IsRewriting() {
  const char* rewrite = std::getenv("FAIRLEAD_REWRITE");
  return rewrite != nullptr && std::string_view(rewrite) == "1";
}

}  // namespace fairlead::testing
