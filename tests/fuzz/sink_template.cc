// A file's template, which people write: it is refused with its line, or holds for every page.
#include <string>

#include "base/check.h"
#include "filesink/template.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {

int FuzzSinkTemplate(std::string_view input) {
  const auto made = filesink::Template::Parse(input);
  if (!made) {
    CHECK(made.error().code == Code::kInvalidArgument &&
          made.error().message.starts_with("template"));
    return 0;
  }
  const std::string none = made->Render({});
  if (!input.contains("{{")) CHECK(none == input);
  const filesink::PageService empty{.name = {"shop", "carts"}, .servers = {}};
  const filesink::PageService full{.name = {"shop", "users"},
                                   .servers = {{.ip = "10.0.0.1", .port = 1, .weight = 1},
                                               {.ip = "fd00::4", .port = 65'535, .weight = 1000}}};
  CHECK(none.size() <= made->Render({.services = {empty, full}}).size());
  return 0;
}

}  // namespace fairlead::fuzz
