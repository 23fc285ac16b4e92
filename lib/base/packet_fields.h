// PacketFields: the fields of a packet between two processes of ours, which nothing nests.
//
// Why so plain: whoever has taken one of them over can send any bytes, and the other holds what the
// first may not have. So there are numbers of a fixed length, least byte first, and texts after
// their length; each is read once, and what is too short or too long is seen at the end.
// Pure. Views point into the packet.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fairlead {

template <std::unsigned_integral Number>
void PutNumber(std::string& packet, Number number) {
  for (std::size_t byte = 0; byte < sizeof(Number); ++byte)
    packet += static_cast<char>((number >> (8 * byte)) & 0xffU);
}

// Takes fields from the front; after one that is not there all are empty.
class PacketFields {
 public:
  explicit PacketFields(std::string_view packet) : rest_(packet) {}

  template <std::unsigned_integral Number>
  Number Take() {
    const std::string_view bytes = TakeBytes(sizeof(Number));
    std::uint64_t number = 0;
    for (std::size_t byte = 0; byte < bytes.size(); ++byte)
      number |= std::uint64_t{static_cast<unsigned char>(bytes[byte])} << (8 * byte);
    return static_cast<Number>(number);
  }
  std::string_view TakeBytes(std::size_t bytes) {
    is_short_ = is_short_ || rest_.size() < bytes;
    if (is_short_) return {};
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  bool is_short() const { return is_short_; }
  // All fields were there, and nothing else is.
  bool is_whole() const { return !is_short_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_short_ = false;
};

}  // namespace fairlead
