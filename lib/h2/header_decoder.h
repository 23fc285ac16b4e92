// HeaderDecoder: the header blocks that a peer sends on one connection, decoded piece by piece.
//
// Why: nghttp2's HPACK decoder does the work (a slip there is a vulnerability); this keeps it no
// longer than needed. We announce a header table of size zero. Until the peer has acknowledged that
// it may use the default table of 4,096 bytes, and the decoder lives; from then on blocks stand for
// themselves and a decoder lives for one block only. RFC 9113 section 4.3.1: the first block after
// the acknowledgement must say that the table shrank, unless the peer had none.
// Threads: none; pure. Memory: see above; while a block is decoded, what its longest field takes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

// nghttp2's.
struct nghttp2_hd_inflater;

namespace fairlead::h2 {

class HeaderDecoder {
 public:
  enum class Outcome { kGoOn, kBad, kStopped };
  // Gets each field; the texts are valid during the call only. False stops the decoder.
  using Sink = std::function<bool(std::string_view name, std::string_view value)>;

  // `has_table`: the peer may still use a header table.
  explicit HeaderDecoder(bool has_table) : has_table_(has_table) {}

  // The peer has acknowledged that there is no table. REQUIRES: between blocks.
  void DropTable();

  // Takes the next piece of a block; the last one, which may be empty, is marked. After anything
  // but kGoOn the decoder must not be fed again.
  Outcome Feed(std::span<const std::byte> piece, bool is_last, const Sink& sink);

 private:
  struct Delete {
    void operator()(nghttp2_hd_inflater* one) const;
  };
  void Begin();
  Outcome Decode(std::span<const std::byte> piece, bool is_last, const Sink& sink);

  std::unique_ptr<nghttp2_hd_inflater, Delete> inflater_;
  bool has_table_;
  bool owes_update_ = false;  // the next block must begin with the table's new size
  bool is_in_block_ = false;
};

}  // namespace fairlead::h2
