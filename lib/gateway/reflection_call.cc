#include "gateway/reflection_call.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "gateway/messages.h"
#include "gateway/reflection_wire.h"

namespace fairlead::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using Kind = ReflectionQuestion::Kind;

std::string BytesOf(const FileDescriptor& file) {
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  return proto.SerializeAsString();
}

// Questions and answers one by one: the next is asked for when the answer was taken.
class ReflectionCall final : public PassedCall {
 public:
  explicit ReflectionCall(ReflectionIndex::Sets sets) : index_(std::move(sets)) {
    end_.how.code = Code::kOk;
  }

  void Send(std::string message, std::function<void()> sent) override {
    answer_ = Framed(kDataFlag, index_.Answer(message));
    sent_ = std::move(sent);
    Tell();
  }
  void SendNoMore() override {
    is_over_ = true;
    Tell();
  }
  void Next(Take take) override {
    take_ = std::move(take);
    Tell();
  }
  void Cancel() override { SendNoMore(); }
  const End& end() const override { return end_; }
  const std::string& service() const override { return service_; }

 private:
  void Tell() {
    if (!take_ || (!answer_ && !is_over_)) return;
    const Take take = std::exchange(take_, {});
    const std::function<void()> sent = std::exchange(sent_, {});
    take(std::exchange(answer_, std::nullopt));
    if (sent) sent();
  }

  ReflectionIndex index_;
  const std::string service_;
  End end_;
  std::optional<std::string> answer_;  // that nobody has taken
  std::function<void()> sent_;
  Take take_;
  bool is_over_ = false;
};

}  // namespace

template <class Find>
auto ReflectionIndex::FindIn(Find find) -> decltype(find(std::declval<const DescriptorSet&>())) {
  for (auto set = sets_.begin(); set != sets_.end(); ++set) {
    const auto found = find(**set);
    if (found == nullptr) continue;
    std::rotate(sets_.begin(), set, set + 1);
    return found;
  }
  return nullptr;
}

std::string ReflectionIndex::Answer(std::string_view bytes) {
  const Result<ReflectionQuestion> question = ReadReflectionQuestion(bytes);
  if (!question) return AnswerWithError(bytes, question.error());
  const std::string& name = question->name;
  const FileDescriptor* file = nullptr;
  switch (question->kind) {
    case Kind::kServices: {
      std::set<std::string> names;
      for (const auto& set : sets_)
        names.insert(set->description().services.begin(), set->description().services.end());
      return AnswerWithServices(bytes, {names.begin(), names.end()});
    }
    case Kind::kExtensionNumbers: {
      const auto* type =
          FindIn([&](const DescriptorSet& set) { return set.pool().FindMessageTypeByName(name); });
      if (type == nullptr) break;
      std::vector<const FieldDescriptor*> extensions;
      type->file()->pool()->FindAllExtensions(type, &extensions);
      std::vector<int> numbers;
      for (const FieldDescriptor* extension : extensions) numbers.push_back(extension->number());
      return AnswerWithNumbers(bytes, name, numbers);
    }
    case Kind::kFile:
      file = FindIn([&](const DescriptorSet& set) { return set.pool().FindFileByName(name); });
      break;
    case Kind::kSymbol:
      file = FindIn(
          [&](const DescriptorSet& set) { return set.pool().FindFileContainingSymbol(name); });
      break;
    case Kind::kExtension: {
      const auto* extension = FindIn([&](const DescriptorSet& set) -> const FieldDescriptor* {
        const auto* type = set.pool().FindMessageTypeByName(name);
        if (type == nullptr) return nullptr;
        return set.pool().FindExtensionByNumber(type, question->number);
      });
      if (extension != nullptr) file = extension->file();
      break;
    }
    case Kind::kNone:
      return AnswerWithError(bytes, {Code::kInvalidArgument, "no question that is known"});
  }
  if (file == nullptr) {
    return AnswerWithError(
        bytes,
        {Code::kNotFound, "nothing that is called through this gateway has " + Printable(name)});
  }
  const auto& files = sets_.front()->description().files;
  const auto described = files.find(file->name());
  return AnswerWithFile(bytes, described != files.end() ? described->second : BytesOf(*file));
}

std::shared_ptr<PassedCall> AnswerReflection(ReflectionIndex::Sets sets) {
  return std::make_shared<ReflectionCall>(std::move(sets));
}

}  // namespace fairlead::gateway
