// The text of `fairleadd --help`, made from the tables of keys and labels.
#pragma once

#include <string>

namespace fairlead::config {

std::string HelpText();

}  // namespace fairlead::config
