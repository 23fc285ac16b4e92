// A folder of certificate files that a test makes and takes away, and the profile that names them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/certificates.h"
#include "tls/profile.h"

namespace fairlead::health::testing {

class TlsFiles {
 public:
  TlsFiles() {
    static std::atomic<int> number = 0;
    folder_ = ::testing::TempDir() + "fairlead-tls-checks-" + std::to_string(getpid()) + "-" +
              std::to_string(++number) + "/";
    std::filesystem::create_directories(folder_);
    Write("ca", authority_.cert);
    Show({.name = "fairlead"});
  }
  ~TlsFiles() { std::filesystem::remove_all(folder_); }

  const test::KeyPair& authority() const { return authority_; }
  std::string Path(const std::string& name) const { return folder_ + name; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    std::filesystem::permissions(Path(name), static_cast<std::filesystem::perms>(0600));
  }
  // Puts a pair of ours there, by rename, as careful people do.
  void Show(const test::CertificateRequest& request) const { Put(Issue(authority_, request)); }
  void Put(const test::KeyPair& pair) const {
    Write("cert.new", pair.cert);
    Write("key.new", pair.key);
    std::filesystem::rename(Path("cert.new"), Path("cert"));
    std::filesystem::rename(Path("key.new"), Path("key"));
  }
  // Named "corp".
  tls::Profile Profile(const std::string& server_name = "") const {
    return {.name = "corp",
            .cert = Path("cert"),
            .key = Path("key"),
            .ca = Path("ca"),
            .server_name = server_name};
  }
  // The server's, for 127.0.0.1 unless it says otherwise.
  test::KeyPair Server(const std::string& alternative = "IP:127.0.0.1", int from = -1,
                       int to = 1) const {
    return Issue(authority_, {.name = "server",
                              .alternative = alternative,
                              .valid_from_hours = from,
                              .valid_to_hours = to});
  }

 private:
  const test::KeyPair authority_ = test::MakeAuthority("corp root");
  std::string folder_;
};

}  // namespace fairlead::health::testing
