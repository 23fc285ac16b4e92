#include "h2/header_block.h"

#include <nghttp2/nghttp2.h>

#include <memory>

#include "base/check.h"
#include "h2/client.h"
#include "h2/client_session.h"
#include "h2/header_decoder.h"

namespace fairlead::h2 {

namespace {

struct Delete {
  void operator()(nghttp2_hd_deflater* one) const { nghttp2_hd_deflate_del(one); }
};

std::vector<std::byte> Deflate(std::span<const nghttp2_nv> fields) {
  nghttp2_hd_deflater* made = nullptr;
  CHECK(nghttp2_hd_deflate_new(&made, 0) == 0);
  const std::unique_ptr<nghttp2_hd_deflater, Delete> deflater(made);
  std::vector<std::byte> block(nghttp2_hd_deflate_bound(made, fields.data(), fields.size()));
  const ssize_t size = nghttp2_hd_deflate_hd(made, reinterpret_cast<std::uint8_t*>(block.data()),
                                             block.size(), fields.data(), fields.size());
  CHECK(size > 0);
  block.resize(static_cast<std::size_t>(size));
  return block;
}

std::uint8_t* BytesOf(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

}  // namespace

std::vector<std::byte> RequestBlock(const UnaryRequest& request) {
  return Deflate(RequestFields(request));
}

std::vector<std::byte> EncodeBlock(std::span<const FieldView> fields) {
  std::vector<nghttp2_nv> list;
  for (const auto& [name, value] : fields) {
    list.push_back(
        {BytesOf(name), BytesOf(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return Deflate(list);
}

// RFC 7541, section 5.1.
void PlainBlock::AddNumber(unsigned prefix_bits, unsigned high_bits, std::size_t number) {
  const std::size_t most = (1U << prefix_bits) - 1;
  if (number < most) {
    bytes_ += static_cast<char>(high_bits | number);
    return;
  }
  bytes_ += static_cast<char>(high_bits | most);
  for (number -= most; number >= 0x80; number >>= 7) bytes_ += static_cast<char>(number | 0x80);
  bytes_ += static_cast<char>(number);
}

void PlainBlock::AddText(std::string_view text) {
  AddNumber(7, 0, text.size());
  bytes_ += text;
}

void PlainBlock::Add(std::string_view name, std::string_view value) {
  bytes_ += '\0';  // 6.2.2, with a new name
  AddText(name);
  AddText(value);
}

void PlainBlock::AddNamed(unsigned name_index, std::string_view value) {
  AddNumber(4, 0, name_index);
  AddText(value);
}

void PlainBlock::AddKnown(unsigned index) {
  AddNumber(7, 0x80, index);
}

bool DecodeBlock(std::span<const std::byte> block, FieldList& fields) {
  fields.clear();
  HeaderDecoder decoder(/*has_table=*/false);
  const auto outcome =
      decoder.Feed(block, /*is_last=*/true, [&](std::string_view name, std::string_view value) {
        fields.emplace_back(name, value);
        return true;
      });
  return outcome == HeaderDecoder::Outcome::kGoOn;
}

}  // namespace fairlead::h2
