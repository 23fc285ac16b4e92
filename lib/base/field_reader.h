// FieldReader: walks over the top-level fields of one protobuf message, in place.
//
// Why: most requests of discovery say nothing new, and that can be told without parsing them into
// objects; and a diagnosis reads two fields of an answer without protobuf.
// Pure. Input is hostile; all views point into the message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fairlead {

class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  // Reads the next field; false at the end or at an error. `value()` is set for
  // length-delimited fields and empty for others.
  bool Next() {
    if (rest_.empty()) {
      return false;
    }
    std::uint64_t tag = 0;
    if (!Varint(tag) || tag > UINT32_MAX || (tag >> 3) == 0) {
      return Bad();
    }
    number_ = static_cast<std::uint32_t>(tag >> 3);
    value_ = {};
    type_ = static_cast<std::uint32_t>(tag & 7);
    return Value();
  }

  bool is_bad() const { return is_bad_; }
  std::uint32_t number() const { return number_; }
  bool is_bytes() const { return type_ == kLengthDelimited; }
  std::string_view value() const { return value_; }
  // What follows the field.
  std::string_view rest() const { return rest_; }

 private:
  bool Bad() {
    is_bad_ = true;
    return false;
  }

  bool Varint(std::uint64_t& out) {
    out = 0;
    for (unsigned shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) {
        return false;
      }
      out |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) {
        return true;
      }
    }
    return false;
  }

  bool Skip(std::size_t size) {
    if (rest_.size() < size) {
      return Bad();
    }
    rest_.remove_prefix(size);
    return true;
  }

  bool Value() {
    std::uint64_t number = 0;
    switch (type_) {
      case kVarint:
        return Varint(number) || Bad();
      case kFixed64:
        return Skip(8);
      case kFixed32:
        return Skip(4);
      case kLengthDelimited:
        if (!Varint(number) || number > rest_.size()) {
          return Bad();
        }
        value_ = rest_.substr(0, static_cast<std::size_t>(number));
        rest_.remove_prefix(static_cast<std::size_t>(number));
        return true;
      default:
        return Bad();  // groups: dead long before any API of ours
    }
  }

  static constexpr std::uint32_t kVarint = 0;
  static constexpr std::uint32_t kFixed64 = 1;
  static constexpr std::uint32_t kLengthDelimited = 2;
  static constexpr std::uint32_t kFixed32 = 5;

  std::string_view rest_;
  std::string_view value_;
  std::uint32_t number_ = 0;
  std::uint32_t type_ = 0;
  bool is_bad_ = false;
};

}  // namespace fairlead
