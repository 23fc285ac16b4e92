#include "support/fake/rendered_containers.h"

namespace fairlead::test {

RenderedContainers::Rendered& RenderedContainers::About(const EngineShape& shape,
                                                        const FakeContainer& container) {
  Rendered& rendered = rendered_[container.id];
  if (rendered.of != container || rendered.recorded != shape.recorded) {
    rendered = Rendered{.of = container, .recorded = shape.recorded, .listed = "", .inspected = {}};
  }
  return rendered;
}

const std::string& RenderedContainers::Listed(const EngineShape& shape,
                                              const FakeContainer& container) {
  Rendered& rendered = About(shape, container);
  if (rendered.listed.empty()) rendered.listed = shape.Listed(container).dump();
  return rendered.listed;
}

const std::string& RenderedContainers::Inspected(const EngineShape& shape,
                                                 const FakeContainer& container, int api) {
  std::string& text = About(shape, container).inspected[api];
  if (text.empty()) text = shape.Inspected(container, api).dump();
  return text;
}

}  // namespace fairlead::test
