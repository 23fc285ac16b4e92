// WriteAll: a whole text into a descriptor, however many calls the kernel makes of it.
//
// Threads: any; blocks as the descriptor does.
#pragma once

#include <string_view>

namespace fairlead::runtime {

// False: the descriptor takes no more, and errno says why; what was written before stays there.
bool WriteAll(int file, std::string_view text);

}  // namespace fairlead::runtime
