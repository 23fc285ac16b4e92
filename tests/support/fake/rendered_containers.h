// RenderedContainers: what an engine's shape says of each container, as text, made once until the
// container changes.
//
// Why: to make an inspect costs the fake 130 us on its one thread, and an engine's own time is what
// FakeDelays says. Without this the fake would be what is measured.
// Threads: none; one engine, one of these.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "support/fake/engine_shape.h"
#include "support/fake/fake_container.h"

namespace fairlead::test {

class RenderedContainers {
 public:
  // An entry of a list, and an inspect for clients of `api`.
  const std::string& Listed(const EngineShape& shape, const FakeContainer& container);
  const std::string& Inspected(const EngineShape& shape, const FakeContainer& container, int api);

 private:
  struct Rendered {
    FakeContainer of;
    std::string recorded;  // the shape's
    std::string listed;    // "": not yet
    std::map<int, std::string> inspected;
  };
  Rendered& About(const EngineShape& shape, const FakeContainer& container);

  std::map<std::string, Rendered> rendered_;
};

}  // namespace fairlead::test
