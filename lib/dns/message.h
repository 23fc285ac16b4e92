// Message: what DNS sends, as values (RFC 1035, RFC 6891), and how it is read and written.
//
// Why strict: what can be read in two ways is how caches are poisoned, and a name that leads round
// in circles is how readers are stopped. So a message is read whole or not at all.
// Pure. Limits: the message's own 65,535 bytes bound its records; a name's pointers lead backwards
// only, never into the header, and there are at most kPointersMax of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dns/name.h"

namespace fairlead::dns {

inline constexpr std::uint16_t kA = 1;
inline constexpr std::uint16_t kNs = 2;
inline constexpr std::uint16_t kSoa = 6;
inline constexpr std::uint16_t kTxt = 16;
inline constexpr std::uint16_t kAaaa = 28;
inline constexpr std::uint16_t kSrv = 33;
inline constexpr std::uint16_t kOpt = 41;  // of EDNS; no data of any name
inline constexpr std::uint16_t kAny = 255;
inline constexpr std::uint16_t kInternet = 1;  // the class

inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kMessageBytesMax = 65'535;
// In one name: as many as it may have labels.
inline constexpr int kPointersMax = 127;

struct Header {
  std::uint16_t id = 0;
  bool is_response = false;
  int opcode = 0;  // 0..15; 0: a query
  bool is_authoritative = false;
  bool is_truncated = false;
  bool wants_recursion = false;
  bool has_recursion = false;
  int code = 0;  // 0..15: RCODE
  bool operator==(const Header&) const = default;
};

struct Question {
  Name name;
  std::uint16_t type = 0;
  std::uint16_t network = kInternet;  // its class
  bool operator==(const Question&) const = default;
};

struct Record {
  Name name;
  std::uint16_t type = 0;
  std::uint16_t network = kInternet;
  std::uint32_t ttl = 0;  // seconds
  // As it is sent. Names in it are not compressed when written, and not looked into when read.
  std::vector<std::byte> data;
  bool operator==(const Record&) const = default;
};

struct Message {
  Header header;
  std::vector<Question> questions;
  std::vector<Record> answers;
  std::vector<Record> authorities;
  std::vector<Record> additionals;
  bool operator==(const Message&) const = default;
};

// Nothing when there are fewer than kHeaderBytes.
std::optional<Header> ReadHeader(std::span<const std::byte> bytes);
// Nothing when it is cut short, goes on behind its end, or holds a name that is none.
std::optional<Message> ReadMessage(std::span<const std::byte> bytes);

void Put16(std::vector<std::byte>& out, std::uint32_t value);  // the lower 16 bits, high byte first
void Put32(std::vector<std::byte>& out, std::uint32_t value);
void PutName(std::vector<std::byte>& out, const Name& name);  // not compressed

// Writes a message that fits into a given size, in the order of its sections.
class MessageWriter {
 public:
  enum class Section { kAnswer, kAuthority, kAdditional };

  // REQUIRES: bytes_max >= kHeaderBytes and the question's bytes.
  MessageWriter(const Header& header, std::size_t bytes_max);

  void Ask(const Question& question);
  // False, and nothing is written, where there is no room. Owners are compressed.
  // REQUIRES: sections in their order.
  bool Add(Section section, const Record& record);
  // Room that records leave to what comes last.
  void Reserve(std::size_t bytes) { reserved_ = bytes; }
  void SetTruncated() { header_.is_truncated = true; }

  std::vector<std::byte> Take() &&;

 private:
  void PutOwner(const Name& name);

  Header header_;
  const std::size_t bytes_max_;
  std::size_t reserved_ = 0;
  std::vector<std::byte> bytes_;
  std::map<Name, std::size_t> places_;  // where names of lower case were written
  std::uint16_t questions_ = 0;
  std::map<Section, std::uint16_t> counts_;
};

}  // namespace fairlead::dns
