#include "h2/header_block.h"

#include <nghttp2/nghttp2.h>

#include <memory>

#include "base/check.h"
#include "h2/client.h"
#include "h2/client_session.h"

namespace fairlead::h2 {

namespace {
struct Delete {
  void operator()(nghttp2_hd_deflater* one) const { nghttp2_hd_deflate_del(one); }
  void operator()(nghttp2_hd_inflater* one) const { nghttp2_hd_inflate_del(one); }
};
}  // namespace

std::vector<std::byte> RequestBlock(const UnaryRequest& request) {
  nghttp2_hd_deflater* made = nullptr;
  CHECK(nghttp2_hd_deflate_new(&made, 0) == 0);
  const std::unique_ptr<nghttp2_hd_deflater, Delete> deflater(made);
  const auto fields = RequestFields(request);
  std::vector<std::byte> block(nghttp2_hd_deflate_bound(made, fields.data(), fields.size()));
  const ssize_t size = nghttp2_hd_deflate_hd(made, reinterpret_cast<std::uint8_t*>(block.data()),
                                             block.size(), fields.data(), fields.size());
  CHECK(size > 0);
  block.resize(static_cast<std::size_t>(size));
  return block;
}

bool DecodeBlock(std::span<const std::byte> block,
                 std::vector<std::pair<std::string, std::string>>& fields) {
  fields.clear();
  nghttp2_hd_inflater* made = nullptr;
  CHECK(nghttp2_hd_inflate_new(&made) == 0);
  const std::unique_ptr<nghttp2_hd_inflater, Delete> inflater(made);
  CHECK(nghttp2_hd_inflate_change_table_size(made, 0) == 0);
  // The decoder wants to be told so by the peer too, who has said it long ago.
  std::vector<std::uint8_t> bytes = {0x20};
  for (const std::byte one : block) bytes.push_back(std::to_integer<std::uint8_t>(one));
  for (std::size_t at = 0;;) {
    nghttp2_nv field{};
    int flags = 0;
    const ssize_t taken = nghttp2_hd_inflate_hd2(made, &field, &flags, bytes.data() + at,
                                                 bytes.size() - at, /*in_final=*/1);
    if (taken < 0) return false;
    at += static_cast<std::size_t>(taken);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      fields.emplace_back(std::string(reinterpret_cast<const char*>(field.name), field.namelen),
                          std::string(reinterpret_cast<const char*>(field.value), field.valuelen));
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) return true;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && at == bytes.size()) return false;
  }
}

}  // namespace fairlead::h2
