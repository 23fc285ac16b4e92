#include "xds/admission.h"

#include <gtest/gtest.h>

namespace fairlead::xds {
namespace {

using Names = std::vector<std::string>;

// "DNS:ops.corp" sees everything, "URI:spiffe://corp/web" shop and media, others nothing.
Projects Corp(const Names& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (name == "DNS:ops.corp") return std::nullopt;
    if (name == "URI:spiffe://corp/web") seen.insert({"shop", "media"});
  }
  return seen;
}

bool HasRoom(const Viewer&) {
  return true;
}

h2::Peer From(const std::string& names) {
  h2::Peer peer;
  peer.address = "10.0.0.9";
  peer.local_address = "10.0.0.7";
  peer.names = names;
  return peer;
}

ClientPlace OffHost() {
  ClientPlace place;
  place.is_off_host = true;
  return place;
}

ClientPlace InContainer() {
  ClientPlace place;
  place.viewer.network_ids = {{"north"}};
  place.project = "office";
  place.container = "c1";
  return place;
}

// "media shop", "*" for every project, "" for none.
std::string Sees(const Admission& admission) {
  if (!admission.viewer.projects) return "*";
  std::string text;
  for (const std::string& project : *admission.viewer.projects)
    text += (text.empty() ? "" : " ") + project;
  return text;
}

TEST(Admit, GoesByThePlaceAndOffTheHostByTheCertificateAlone) {
  const std::string web = "URI:spiffe://corp/web";
  struct Row {
    ClientPlace place;
    std::string names;
    std::string sees;
    bool is_denied = false;
  };
  const std::vector<Row> table = {
      {ClientPlace{}, "", "*"},
      {ClientPlace{}, "DNS:stranger", "*"},
      {ClientPlace{}, web, "*"},
      {InContainer(), "", "*"},
      {InContainer(), web, "*"},
      {InContainer(), "DNS:stranger", "*"},
      {OffHost(), "", "", true},
      {OffHost(), "DNS:stranger", "", true},
      {OffHost(), web, "media shop"},
      {OffHost(), "DNS:stranger\n" + web, "media shop"},
      {OffHost(), "DNS:ops.corp\n" + web, "*"},
  };
  for (const Row& row : table) {
    const Admission admission = Admit(row.place, From(row.names), Corp, HasRoom);
    EXPECT_EQ(Sees(admission), row.sees) << row.names;
    EXPECT_EQ(admission.denial.has_value(), row.is_denied) << row.names;
    EXPECT_EQ(admission.viewer.host_address.has_value(), row.place.is_off_host) << row.names;
    EXPECT_EQ(admission.viewer.network_ids, row.place.viewer.network_ids);
  }
}

TEST(Admit, WithoutRulesNobodyOffTheHostSeesAnything) {
  EXPECT_EQ(Admit(OffHost(), From("DNS:ops.corp"), {}, HasRoom).denial, DenialReason::kIdentity);
}

TEST(Admit, TakesTheAddressByWhichTheClientHasCome) {
  h2::Peer peer = From("DNS:ops.corp");
  EXPECT_EQ(Admit(OffHost(), peer, Corp, HasRoom).viewer.host_address, "10.0.0.7");
  peer.local_address = "::ffff:10.0.0.8";
  EXPECT_EQ(Admit(OffHost(), peer, Corp, HasRoom).viewer.host_address, "10.0.0.8");
  peer.local_address = "fd00::7";
  EXPECT_EQ(Admit(OffHost(), peer, Corp, HasRoom).viewer.host_address, "fd00::7");
}

TEST(Admit, OneSetOfProjectsTooManyIsRefusedAndSaysSo) {
  const h2::Peer peer = From("URI:spiffe://corp/web");
  const Admission admission = Admit(OffHost(), peer, Corp, [](const Viewer& viewer) {
    EXPECT_EQ(viewer.projects->size(), 2u);
    return false;
  });
  EXPECT_EQ(admission.denial, DenialReason::kLimit);
  EXPECT_EQ(Sees(admission), "");
  EXPECT_EQ(DenialError(admission, peer).code, Code::kResourceExhausted);
}

TEST(DenialError, TellsWhomItIsForAndIsNoLastWordWhileTheEngineIsSilent) {
  ClientPlace place = OffHost();
  const h2::Peer peer = From("DNS:stranger\nURI:spiffe://x/y");
  const Error refused = DenialError(Admit(place, peer, Corp, HasRoom), peer);
  EXPECT_EQ(refused.code, Code::kPermissionDenied);
  EXPECT_NE(refused.message.find("DNS:stranger, URI:spiffe://x/y"), std::string::npos);
  EXPECT_NE(refused.message.find("access.discovery"), std::string::npos);
  place.is_unanswered = true;
  EXPECT_EQ(DenialError(Admit(place, peer, Corp, HasRoom), peer).code, Code::kUnavailable);
}

TEST(NamesIn, AreTheLines) {
  EXPECT_EQ(NamesIn(From("")), Names{});
  EXPECT_EQ(NamesIn(From("DNS:a")), Names{"DNS:a"});
  EXPECT_EQ(NamesIn(From("DNS:a\nURI:b\n")), (Names{"DNS:a", "URI:b"}));
}

}  // namespace
}  // namespace fairlead::xds
