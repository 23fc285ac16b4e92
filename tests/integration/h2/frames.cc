#include "integration/h2/frames.h"

namespace fairlead::h2::testing {

std::string Frame(unsigned type, unsigned flags, unsigned stream, std::string_view payload) {
  std::string frame;
  for (const unsigned shift : {16U, 8U, 0U})
    frame.push_back(static_cast<char>(payload.size() >> shift));
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    frame.push_back(static_cast<char>(stream >> shift));
  return frame.append(payload);
}

std::string Settings() {
  return Frame(4, 0, 0, "");
}

std::string Field(std::string_view name, std::string_view value) {
  std::string field(1, '\0');
  field.push_back(static_cast<char>(name.size()));
  field.append(name).push_back(static_cast<char>(value.size()));
  return field.append(value);
}

}  // namespace fairlead::h2::testing
