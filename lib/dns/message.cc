#include "dns/message.h"

#include <utility>

namespace fairlead::dns {
namespace {

// The two highest bits of a length say that it is a pointer; one of them alone means nothing.
constexpr unsigned kPointerBits = 0xC0;
constexpr std::size_t kPointerMax = 0x3FFF;

// Reads forward; past the end everything is zero and `is_good` is false.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  unsigned Take8() {
    if (at_ >= bytes_.size()) {
      is_good = false;
      return 0;
    }
    return static_cast<unsigned>(bytes_[at_++]);
  }
  std::uint16_t Take16() {
    const unsigned high = Take8();
    return static_cast<std::uint16_t>(high << 8 | Take8());
  }
  std::uint32_t Take32() {
    const std::uint32_t high = Take16();
    return high << 16 | Take16();
  }
  std::vector<std::byte> Take(std::size_t count) {
    if (count > bytes_.size() - at_) {
      is_good = false;
      return {};
    }
    at_ += count;
    const auto taken = bytes_.subspan(at_ - count, count);
    return {taken.begin(), taken.end()};
  }
  Name TakeName();
  bool is_at_end() const { return at_ == bytes_.size(); }

  bool is_good = true;

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

Name Reader::TakeName() {
  Name name;
  std::size_t size = 1;
  int pointers = 0;
  std::size_t begin = at_;         // of the labels being read: pointers lead before it
  std::optional<std::size_t> end;  // of the name where it stands, once a pointer was followed
  for (;;) {
    const unsigned length = Take8();
    if (!is_good || length == 0) break;
    if ((length & kPointerBits) == kPointerBits) {
      const std::size_t target = (length & ~kPointerBits) << 8 | Take8();
      if (!is_good || target < kHeaderBytes || target >= begin || ++pointers > kPointersMax) {
        is_good = false;
        break;
      }
      if (!end) end = at_;
      begin = at_ = target;
      continue;
    }
    size += 1 + length;
    if ((length & kPointerBits) != 0 || size > kNameBytesMax) {
      is_good = false;
      break;
    }
    const std::vector<std::byte> bytes = Take(length);
    std::string& label = name.emplace_back();
    for (const std::byte byte : bytes) label += static_cast<char>(byte);
    if (!is_good) break;
  }
  if (end) at_ = *end;
  return name;
}

std::vector<Record> TakeRecords(Reader& in, int count) {
  std::vector<Record> records;
  for (int i = 0; i < count && in.is_good; ++i) {
    Record record;
    record.name = in.TakeName();
    record.type = in.Take16();
    record.network = in.Take16();
    record.ttl = in.Take32();
    record.data = in.Take(in.Take16());
    records.push_back(std::move(record));
  }
  return records;
}

std::uint32_t FlagsOf(const Header& header) {
  const auto bit = [](bool is_set, int place) {
    return static_cast<std::uint32_t>(is_set) << place;
  };
  return bit(header.is_response, 15) | static_cast<std::uint32_t>(header.opcode & 0xF) << 11 |
         bit(header.is_authoritative, 10) | bit(header.is_truncated, 9) |
         bit(header.wants_recursion, 8) | bit(header.has_recursion, 7) |
         static_cast<std::uint32_t>(header.code & 0xF);
}

Header TakeHeader(Reader& in) {
  Header header;
  header.id = in.Take16();
  const unsigned flags = in.Take16();
  const auto has = [&](int place) { return (flags >> place & 1) != 0; };
  header.is_response = has(15);
  header.opcode = static_cast<int>(flags >> 11 & 0xF);
  header.is_authoritative = has(10);
  header.is_truncated = has(9);
  header.wants_recursion = has(8);
  header.has_recursion = has(7);
  header.code = static_cast<int>(flags & 0xF);
  return header;
}

}  // namespace

std::optional<Header> ReadHeader(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  Reader in(bytes);
  return TakeHeader(in);
}

std::optional<Message> ReadMessage(std::span<const std::byte> bytes) {
  Reader in(bytes);
  Message message;
  message.header = TakeHeader(in);
  const int questions = in.Take16();
  const int answers = in.Take16();
  const int authorities = in.Take16();
  const int additionals = in.Take16();
  for (int i = 0; i < questions && in.is_good; ++i) {
    Question question;
    question.name = in.TakeName();
    question.type = in.Take16();
    question.network = in.Take16();
    message.questions.push_back(std::move(question));
  }
  message.answers = TakeRecords(in, answers);
  message.authorities = TakeRecords(in, authorities);
  message.additionals = TakeRecords(in, additionals);
  if (!in.is_good || !in.is_at_end()) return std::nullopt;
  return message;
}

void Put16(std::vector<std::byte>& out, std::uint32_t value) {
  out.push_back(static_cast<std::byte>(value >> 8 & 0xFF));
  out.push_back(static_cast<std::byte>(value & 0xFF));
}

void Put32(std::vector<std::byte>& out, std::uint32_t value) {
  Put16(out, value >> 16);
  Put16(out, value);
}

void PutName(std::vector<std::byte>& out, const Name& name) {
  for (const std::string& label : name) {
    out.push_back(static_cast<std::byte>(label.size()));
    for (const char c : label) out.push_back(static_cast<std::byte>(c));
  }
  out.push_back(std::byte{0});
}

MessageWriter::MessageWriter(const Header& header, std::size_t bytes_max)
    : header_(header), bytes_max_(bytes_max), bytes_(kHeaderBytes) {}

void MessageWriter::PutOwner(const Name& name) {
  Name rest = LowerCase(name);
  for (const std::string& label : name) {
    if (const auto known = places_.find(rest); known != places_.end()) {
      Put16(bytes_, kPointerBits << 8 | static_cast<std::uint32_t>(known->second));
      return;
    }
    if (bytes_.size() <= kPointerMax) places_.emplace(rest, bytes_.size());
    rest.erase(rest.begin());
    bytes_.push_back(static_cast<std::byte>(label.size()));
    for (const char c : label) bytes_.push_back(static_cast<std::byte>(c));
  }
  bytes_.push_back(std::byte{0});
}

void MessageWriter::Ask(const Question& question) {
  PutOwner(question.name);
  Put16(bytes_, question.type);
  Put16(bytes_, question.network);
  ++questions_;
}

bool MessageWriter::Add(Section section, const Record& record) {
  const std::size_t before = bytes_.size();
  PutOwner(record.name);
  Put16(bytes_, record.type);
  Put16(bytes_, record.network);
  Put32(bytes_, record.ttl);
  Put16(bytes_, static_cast<std::uint32_t>(record.data.size()));
  bytes_.insert(bytes_.end(), record.data.begin(), record.data.end());
  if (bytes_.size() + reserved_ > bytes_max_) {
    bytes_.resize(before);
    std::erase_if(places_, [&](const auto& place) { return place.second >= before; });
    return false;
  }
  ++counts_[section];
  return true;
}

std::vector<std::byte> MessageWriter::Take() && {
  std::vector<std::byte> head;
  Put16(head, header_.id);
  Put16(head, FlagsOf(header_));
  Put16(head, questions_);
  for (const Section section : {Section::kAnswer, Section::kAuthority, Section::kAdditional})
    Put16(head, counts_[section]);
  for (std::size_t i = 0; i < head.size(); ++i) bytes_[i] = head[i];
  return std::move(bytes_);
}

}  // namespace fairlead::dns
