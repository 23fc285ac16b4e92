#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace fairlead {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "fairlead: internal error at %s:%d: CHECK(%s) failed\n", file, line,
               condition);
  std::abort();
}

}  // namespace fairlead
