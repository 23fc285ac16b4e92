#include "docker/answer_reader.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <utility>

namespace fairlead::docker {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view View(beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

// Beast's parser, of which only what we ask for is kept: a header that nobody reads is never
// stored.
class AnswerReader::Parser final : public http::basic_parser<false> {
 public:
  explicit Parser(AnswerReader& owner) : owner_(owner) {}

  bool is_compressed() const { return is_compressed_; }
  std::optional<Error> sink_error;

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       error_code&) override {}
  void on_response_impl(int status, beast::string_view, int, error_code&) override {
    owner_.answer_.status = static_cast<unsigned>(status);
  }
  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    if (is_header_done()) return;  // a trailer
    std::string& version = owner_.answer_.api_version;
    if (version.empty() && beast::iequals(name, "Api-Version")) version = View(value);
    if (field == http::field::content_encoding && !value.empty() &&
        !beast::iequals(value, "identity")) {
      is_compressed_ = true;
    }
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_body_impl(beast::string_view piece, error_code& error) override {
    return Take(piece, error);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view piece,
                                 error_code& error) override {
    return Take(piece, error);
  }
  void on_finish_impl(error_code&) override {}

  std::size_t Take(beast::string_view piece, error_code& error) {
    if (!owner_.is_open_) {
      owner_.answer_.body.append(View(piece));
      return piece.size();
    }
    if (piece.empty()) return 0;
    if (auto taken = owner_.sink_.on_bytes(View(piece)); !taken) {
      sink_error = taken.error();
      error = make_error_code(boost::system::errc::operation_canceled);
    }
    return piece.size();
  }

  AnswerReader& owner_;
  bool is_compressed_ = false;
};

AnswerReader::AnswerReader(std::string doing, const EngineLimits& limits,
                           std::size_t body_bytes_max, BodySink sink)
    : doing_(std::move(doing)),
      limits_(limits),
      body_bytes_max_(body_bytes_max),
      sink_(std::move(sink)) {
  Begin();
}

AnswerReader::~AnswerReader() = default;

void AnswerReader::Begin() {
  answer_ = {};
  parser_ = std::make_unique<Parser>(*this);
  // Beast counts the status line or not, by how the bytes were cut; so the limit is kept here.
  parser_->header_limit(std::numeric_limits<std::uint32_t>::max());
  head_bytes_ = 0;
  parser_->body_limit(body_bytes_max_);
}

std::unexpected<Error> AnswerReader::Refuse(std::string_view why) const {
  return Fail(Code::kDataLoss, fmt::format("{}: read answer: {}", doing_, why));
}

Result<> AnswerReader::OnHead() {
  if (head_bytes_ > limits_.header_bytes_max) return Refuse("header over its limit");
  const unsigned status = answer_.status;
  if (status < 200) {
    if (status == 101 || ++interim_answers_ > limits_.informational_max) {
      return Fail(Code::kDataLoss, doing_ + ": interim answers instead of an answer");
    }
    Begin();
    return {};
  }
  if (parser_->is_compressed()) {
    return Fail(Code::kDataLoss, doing_ + ": compressed without being asked");
  }
  if (status != 200 || !sink_.on_bytes) return {};
  parser_->body_limit(boost::none);
  is_open_ = true;
  sink_.on_open();
  return {};
}

Result<> AnswerReader::Parse() {
  std::size_t used = 0;
  while (used < pending_.size() && !parser_->is_done()) {
    const bool had_head = parser_->is_header_done();
    error_code error;
    const boost::asio::const_buffer rest(pending_.data() + used, pending_.size() - used);
    const std::size_t taken = parser_->put(rest, error);
    used += taken;
    if (!had_head) head_bytes_ += taken;
    if (error == http::error::need_more) break;
    if (parser_->sink_error) return std::unexpected(*parser_->sink_error);
    if (error) return Refuse(error.message());
    if (had_head || !parser_->is_header_done()) continue;
    if (auto begun = OnHead(); !begun) return begun;
  }
  pending_.erase(0, used);
  is_done_ = parser_->is_done();
  if (!parser_->is_header_done() && head_bytes_ + pending_.size() > limits_.header_bytes_max) {
    return Refuse("header over its limit");
  }
  return {};
}

Result<> AnswerReader::Feed(std::string_view bytes) {
  while (!bytes.empty() && !is_done_) {
    const std::string_view piece = bytes.substr(0, limits_.read_buffer_bytes - pending_.size());
    pending_.append(piece);
    bytes.remove_prefix(piece.size());
    if (auto parsed = Parse(); !parsed) return parsed;
    // No header, chunk header or trailer that an engine sends is as long as that.
    if (pending_.size() >= limits_.read_buffer_bytes) return Refuse("a line without an end");
  }
  return {};
}

Result<> AnswerReader::End() {
  if (is_done_) return {};
  error_code error = http::error::end_of_stream;
  if (parser_->got_some()) parser_->put_eof(error);
  if (error) {
    return Fail(Code::kUnavailable, fmt::format("{}: read answer: {}", doing_, error.message()));
  }
  is_done_ = true;
  return {};
}

}  // namespace fairlead::docker
