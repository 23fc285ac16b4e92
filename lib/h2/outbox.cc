#include "h2/outbox.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace fairlead::h2 {

namespace {
std::span<const std::byte> BytesOf(const iovec& piece) {
  return {static_cast<const std::byte*>(piece.iov_base), piece.iov_len};
}
}  // namespace

void Gather::Clear() {
  ended_.clear();
  scratch_used_ = 0;
  count_ = 0;
}

bool Gather::HasRoom() const {
  // A DATA frame takes a head, a prefix, shared bytes and a tail: four pieces at most.
  return kScratchBytes - scratch_used_ >= kFrameBytesMax && kPiecesMax - count_ >= 4;
}

void Gather::AddCopied(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  CHECK(bytes.size() <= kScratchBytes - scratch_used_);
  std::byte* place = scratch_.data() + scratch_used_;
  std::memcpy(place, bytes.data(), bytes.size());
  scratch_used_ += bytes.size();
  const bool may_join = ended_.empty() || ended_.back().pieces != count_;
  if (may_join && count_ > 0 && owners_[count_ - 1] == nullptr) {
    pieces_[count_ - 1].iov_len += bytes.size();  // scratch is filled in order
    return;
  }
  CHECK(count_ < kPiecesMax);
  owners_[count_] = nullptr;
  pieces_[count_++] = {.iov_base = place, .iov_len = bytes.size()};
}

void Gather::AddShared(std::span<const std::byte> bytes, const SharedBytes& owner) {
  if (bytes.empty()) return;
  CHECK(count_ < kPiecesMax);
  owners_[count_] = &owner;
  pieces_[count_++] = PieceOf(bytes);
}

void Gather::Forget(const ServerCall& call) {
  for (End& end : ended_) {
    if (end.call == &call) end.call = nullptr;
  }
}

void Outbox::Settle(const Gather& gather, std::size_t sent, std::vector<ServerCall*>& written) {
  auto end = gather.ended_.begin();
  for (std::size_t i = 0; i < gather.count_; ++i) {
    std::span<const std::byte> piece = BytesOf(gather.pieces_[i]);
    const std::size_t gone = std::min(sent, piece.size());
    sent -= gone;
    piece = piece.subspan(gone);
    ServerCall* ends = nullptr;
    if (end != gather.ended_.end() && end->pieces == i + 1) ends = (end++)->call;
    if (piece.empty()) {
      if (ends != nullptr) written.push_back(ends);
      continue;
    }
    Segment& segment = segments_.emplace_back();
    segment.ends = ends;
    if (gather.owners_[i] != nullptr) {
      segment.owner = *gather.owners_[i];
      segment.rest = piece;
    } else {
      segment.copied.assign(piece.begin(), piece.end());
      segment.rest = segment.copied;
    }
  }
}

std::size_t Outbox::Pieces(std::span<iovec> pieces) const {
  std::size_t count = 0;
  for (std::size_t i = first_; i < segments_.size() && count < pieces.size(); ++i) {
    pieces[count++] = PieceOf(segments_[i].rest);
  }
  return count;
}

void Outbox::Sent(std::size_t bytes, std::vector<ServerCall*>& written) {
  for (; first_ < segments_.size(); ++first_) {
    Segment& segment = segments_[first_];
    const std::size_t gone = std::min(bytes, segment.rest.size());
    segment.rest = segment.rest.subspan(gone);
    bytes -= gone;
    if (!segment.rest.empty()) return;
    if (segment.ends != nullptr) written.push_back(segment.ends);
    segment.owner.reset();
  }
  segments_.clear();
  first_ = 0;
}

void Outbox::Forget(const ServerCall& call) {
  for (Segment& segment : segments_) {
    if (segment.ends == &call) segment.ends = nullptr;
  }
}

}  // namespace fairlead::h2
