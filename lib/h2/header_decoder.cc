#include "h2/header_decoder.h"

#include <nghttp2/nghttp2.h>

#include <utility>

#include "base/check.h"

namespace fairlead::h2 {

namespace {
std::string_view Text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}
}  // namespace

void HeaderDecoder::Delete::operator()(nghttp2_hd_inflater* one) const {
  nghttp2_hd_inflate_del(one);
}

void HeaderDecoder::DropTable() {
  CHECK(!is_in_block_);
  owes_update_ =
      inflater_ == nullptr || nghttp2_hd_inflate_get_max_dynamic_table_size(inflater_.get()) > 0;
  has_table_ = false;
  inflater_.reset();
}

void HeaderDecoder::Begin() {
  is_in_block_ = true;
  if (inflater_ == nullptr) {
    nghttp2_hd_inflater* made = nullptr;
    CHECK(nghttp2_hd_inflate_new(&made) == 0);
    inflater_.reset(made);
  }
  if (has_table_) return;
  // From here on it insists on hearing of the table's new size first.
  CHECK(nghttp2_hd_inflate_change_table_size(inflater_.get(), 0) == 0);
  if (owes_update_) return;
  const std::byte update{0x20};
  const Outcome outcome = Decode(std::span(&update, 1), false, {});
  CHECK(outcome == Outcome::kGoOn);
}

HeaderDecoder::Outcome HeaderDecoder::Feed(std::span<const std::byte> piece, bool is_last,
                                           const Sink& sink) {
  if (!is_in_block_) Begin();
  const Outcome outcome = Decode(piece, is_last, sink);
  if (is_last && outcome == Outcome::kGoOn) {
    is_in_block_ = false;
    if (has_table_) {
      nghttp2_hd_inflate_end_headers(inflater_.get());
    } else {
      owes_update_ = false;
      inflater_.reset();
    }
  }
  return outcome;
}

HeaderDecoder::Outcome HeaderDecoder::Decode(std::span<const std::byte> piece, bool is_last,
                                             const Sink& sink) {
  for (;;) {
    nghttp2_nv field{};
    int flags = 0;
    const ssize_t taken = nghttp2_hd_inflate_hd2(
        inflater_.get(), &field, &flags, reinterpret_cast<const std::uint8_t*>(piece.data()),
        piece.size(), is_last ? 1 : 0);
    if (taken < 0) return Outcome::kBad;
    piece = piece.subspan(static_cast<std::size_t>(taken));
    const bool has_field = (flags & NGHTTP2_HD_INFLATE_EMIT) != 0;
    if (has_field && !sink(Text(field.name, field.namelen), Text(field.value, field.valuelen)))
      return Outcome::kStopped;
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) return Outcome::kGoOn;
    if (!has_field && piece.empty()) return is_last ? Outcome::kBad : Outcome::kGoOn;
  }
}

}  // namespace fairlead::h2
