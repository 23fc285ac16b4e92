#include "hand_over.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ca/keeper.h"
#include "ca/root_file.h"
#include "confine/share_folder.h"

namespace fairlead::daemon {
namespace {

namespace fs = std::filesystem;

// Of all planes, by path; one that two share has the narrower mode.
std::map<std::string, confine::FolderToShare> SocketFolders(const config::Config& config) {
  constexpr mode_t kForClients = 0755;
  constexpr mode_t kForOperators = 0750;
  std::map<std::string, confine::FolderToShare> folders;
  const auto add = [&](const std::vector<config::ListenAddress>& addresses, mode_t mode) {
    for (const config::ListenAddress& address : addresses) {
      if (!address.is_unix()) continue;
      const fs::path path(address.path);
      confine::FolderToShare& folder = folders[path.parent_path()];
      folder.mode = folder.mode == 0 ? mode : (folder.mode & mode);
      folder.ours.insert(path.filename());
      folder.ours.insert({"bootstrap.json", "bootstrap.json.new", "bootstrap-tls.json",
                          "bootstrap-tls.json.new", "ca.crt", "ca.crt.new"});
      folder.spared = {"ca.crt"};  // the authority writes it, which stays root
    }
  };
  add(config.discovery.listen, kForClients);
  add(config.admin.listen, kForOperators);
  add(config.http.listen, kForClients);
  add(config.gateway.listen, kForClients);
  return folders;
}

}  // namespace

Result<> HandOver(const config::Config& config, uid_t user) {
  for (const auto& [path, folder] : SocketFolders(config))
    if (Result<> shared = confine::ShareFolder(path, folder, user); !shared) return shared;
  return confine::ShareFolder(
      config.state_dir,
      {.mode = 0700,
       .is_private = true,
       .ours = {},
       .spared = {std::string(ca::kRootFileName), std::string(ca::kMemoryFileName)}},
      user);
}

}  // namespace fairlead::daemon
