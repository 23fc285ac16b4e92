#include "admin/peer_gate.h"

#include <gtest/gtest.h>

#include "admin/peer_book.h"

namespace fairlead::admin {
namespace {

const std::string kConsole = "c0ffee" + std::string(58, '1');
const std::string kOther = "0ddba11" + std::string(57, '2');
const std::string kOwn(64, 'e');

// A host: process 1 is in no container, 2 in the console, 3 in another, 4 in the daemon's own.
class PeerGateTest : public ::testing::Test {
 protected:
  Code Judge(std::int32_t pid, std::set<std::string, std::less<>> allowed) {
    const PeerGate gate({.allow_containers = std::move(allowed), .own_container = kOwn},
                        {.cgroup = [](std::int32_t of) -> Result<std::string> {
                           if (of == 1) return "0::/user.slice/session-1.scope\n";
                           if (of == 2) return "0::/system.slice/docker-" + kConsole + ".scope\n";
                           if (of == 3) return "4:pids:/docker/" + kOther + "\n";
                           if (of == 4) return "0::/docker/" + kOwn + "\n";
                           return Fail(Code::kNotFound, "no such process");
                         },
                         .container_name =
                             [this](const std::string& id) {
                               ++names_asked_;
                               return id == kConsole ? std::string("ops-console") : std::string();
                             }});
    const Result<> admitted = gate.Admit({.pid = pid, .uid = 0});
    message_ = admitted ? "" : admitted.error().message;
    return admitted ? Code::kOk : admitted.error().code;
  }
  std::string message_;
  int names_asked_ = 0;
};

TEST_F(PeerGateTest, AdmitsTheHostAndTheDaemonsOwnContainer) {
  EXPECT_EQ(Judge(1, {}), Code::kOk);
  EXPECT_EQ(Judge(4, {}), Code::kOk);
}

TEST_F(PeerGateTest, RefusesAContainerThatNobodyNamedAndSaysWhatToDo) {
  EXPECT_EQ(Judge(2, {}), Code::kPermissionDenied);
  EXPECT_NE(message_.find("container c0ffee111111 is not in admin.allow_containers"),
            std::string::npos)
      << message_;
  EXPECT_EQ(names_asked_, 0) << "an empty list needs no engine";
}

TEST_F(PeerGateTest, AdmitsAContainerByItsName) {
  EXPECT_EQ(Judge(2, {"ops-console"}), Code::kOk);
  EXPECT_EQ(Judge(3, {"ops-console"}), Code::kPermissionDenied);
  EXPECT_EQ(Judge(2, {"ops"}), Code::kPermissionDenied);
}

TEST_F(PeerGateTest, AdmitsAContainerByTwelveDigitsOfItsIdOrMore) {
  EXPECT_EQ(Judge(2, {kConsole}), Code::kOk);
  EXPECT_EQ(Judge(2, {kConsole.substr(0, 12)}), Code::kOk);
  EXPECT_EQ(Judge(2, {kConsole.substr(0, 11)}), Code::kPermissionDenied);
  EXPECT_EQ(Judge(3, {kConsole}), Code::kPermissionDenied);
}

TEST_F(PeerGateTest, AnUnknownNameMatchesNoEntry) {
  EXPECT_EQ(Judge(3, {""}), Code::kPermissionDenied);
}

TEST_F(PeerGateTest, RefusesWhomItCannotSee) {
  EXPECT_EQ(Judge(0, {"ops-console"}), Code::kPermissionDenied);
  EXPECT_NE(message_.find("PID namespace"), std::string::npos) << message_;
  EXPECT_EQ(Judge(5, {"ops-console"}), Code::kPermissionDenied);
}

TEST(PeerBook, KnowsTheNewestOwnerOfADescriptorAndNobodyElse) {
  PeerBook book;
  book.Enter(7, {.uid = 1000});
  EXPECT_EQ(book.CallerOf("fd:7"), access::Caller{.uid = 1000});
  book.Enter(7, {.names = {"DNS:a.b"}});
  EXPECT_EQ(book.CallerOf("fd:7"), access::Caller{.names = {"DNS:a.b"}});
  EXPECT_EQ(book.CallerOf("fd:8"), access::Caller{});
}

}  // namespace
}  // namespace fairlead::admin
