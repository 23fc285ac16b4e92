// Folders that this process goes on writing in after it has become another user (user.h): made
// where they are missing, and with what is in them of ours.
//
// How: a folder stays root's and is shared by root's group and the sticky bit: the user makes files
// there, and takes none away that are not its own, such as an authority's key. Root, in its group,
// goes on with the same files, also where it has been left no capability.
// Threads: one; before anything is open in these places. No link that others may have made is
// followed.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <set>
#include <string>

#include "base/result.h"

namespace fairlead::confine {

struct FolderToShare {
  mode_t mode = 0;  // when it has to be made
  // Others have nothing to do with it, whatever mode it was made with.
  bool is_private = false;
  std::set<std::string> ours;  // it may hold nothing else; empty: whatever it holds
  // Beginnings of names that stay whose they are. All other files and sockets become the user's.
  std::set<std::string> spared;
};

// Shares `path` with `user`, root among them. A folder of another group than root's becomes the
// user's own, so that what that group may stays as it is; one where everybody may write, as in
// /tmp, is left alone. kPermissionDenied with the place, what is wrong and what to do; then some of
// it may have been shared.
Result<> ShareFolder(const std::string& path, const FolderToShare& folder, uid_t user);

// Whether `user`, in root's group and no other, gets through a directory. Pure.
bool MayEnter(const struct stat& directory, uid_t user);

}  // namespace fairlead::confine
