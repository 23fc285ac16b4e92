// Header blocks without a header table: what we send, and what a peer's block says. Over nghttp2's
// HPACK (RFC 7541).
//
// Threads: none; pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fairlead::h2 {

struct UnaryRequest;
using FieldView = std::pair<std::string_view, std::string_view>;
using FieldList = std::vector<std::pair<std::string, std::string>>;

// One header block and what it says.
struct KnownBlock {
  std::vector<std::byte> bytes;
  FieldList fields;
};

// The request's block; it uses no header table, so it is the same for every call.
std::vector<std::byte> RequestBlock(const UnaryRequest& request);

// A block of these fields. It begins by giving the header table up, so it means the same wherever
// it stands.
std::vector<std::byte> EncodeBlock(std::span<const FieldView> fields);

// A block that is put together here, field by field, without Huffman's code: for those that are
// made by the thousand. It gives the header table up, as EncodeBlock's do.
class PlainBlock {
 public:
  PlainBlock() : bytes_(1, kNoTable) {}
  // REQUIRES: `name` in lower case.
  void Add(std::string_view name, std::string_view value);
  // The same with a name, or name and value, of RFC 7541's static table (appendix A).
  void AddNamed(unsigned name_index, std::string_view value);
  void AddKnown(unsigned index);
  std::string_view bytes() const { return bytes_; }

 private:
  static constexpr char kNoTable = 0x20;
  void AddNumber(unsigned prefix_bits, unsigned high_bits, std::size_t number);
  void AddText(std::string_view text);

  std::string bytes_;
};

// Replaces `fields` by those of a block that was made without a header table. False: it is none.
bool DecodeBlock(std::span<const std::byte> block, FieldList& fields);

}  // namespace fairlead::h2
