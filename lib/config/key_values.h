// Readers of one config value each: JSON in, a typed value out, or what is wrong with it.
//
// Each leaves `out` alone unless the whole value is good, and reports every problem it sees.
// Messages are printable whatever the value held.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "config/config.h"
#include "config/key_table.h"

namespace fairlead::config {

struct IntegerBounds {
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
};

// A list longer than this is a mistake; each element costs a socket, a lookup or a message.
inline constexpr std::size_t kListElementsMax = 64;

using Names = std::set<std::string>;
using ValueProblems = std::vector<ValueProblem>;

// The name of a TLS profile, or "" for none; whether there is such a profile is not looked at.
void ReadTlsName(const nlohmann::json& value, std::string& out, ValueProblems& problems);
void ReadEngineEndpoint(const nlohmann::json& value, EngineEndpoint& out, ValueProblems& problems);
// Any address; what ReadConfig looks at together with the key that says whether it has TLS.
void ReadListen(const nlohmann::json& value, std::vector<ListenAddress>& out,
                ValueProblems& problems);
// DNS: single addresses of the host, on loopback or not; who is answered is the name server's say.
void ReadDnsListen(const nlohmann::json& value, std::vector<ListenAddress>& out,
                   ValueProblems& problems);
// A domain of 1 to 100 bytes; made lower case, and given its last dot.
void ReadDnsZone(const nlohmann::json& value, std::string& out, ValueProblems& problems);
// The authority of SPIFFE ids: of lower case, made so.
void ReadTrustDomain(const nlohmann::json& value, std::string& out, ValueProblems& problems);
// A name as useradd takes it, or a number.
void ReadUser(const nlohmann::json& value, std::string& out, ValueProblems& problems);
void ReadDirectory(const nlohmann::json& value, std::string& out, ValueProblems& problems);
void ReadBoolean(const nlohmann::json& value, bool& out, ValueProblems& problems);
void ReadInteger(const nlohmann::json& value, IntegerBounds bounds, int& out,
                 ValueProblems& problems);
struct DurationBounds {
  Duration minimum{};
  Duration maximum{};
};
void ReadDuration(const nlohmann::json& value, DurationBounds bounds, Duration& out,
                  ValueProblems& problems);
// A duration within the bounds, or "0s" for none.
void ReadDurationOrNone(const nlohmann::json& value, DurationBounds bounds, Duration& out,
                        ValueProblems& problems);
void ReadPercent(const nlohmann::json& value, int& out, ValueProblems& problems);
// One of the comma-separated words.
void ReadWord(const nlohmann::json& value, std::string_view words, std::string& out,
              ValueProblems& problems);
void ReadWords(const nlohmann::json& value, std::string_view words, Names& out,
               ValueProblems& problems);
// Names of containers or hosts: letters, digits, dots, dashes and underscores.
void ReadNames(const nlohmann::json& value, Names& out, ValueProblems& problems);
// Whom a role is given to.
void ReadAccessRules(const nlohmann::json& value, std::vector<access::Rule>& out,
                     ValueProblems& problems);
// Names as fairlead.project allows them.
void ReadProjects(const nlohmann::json& value, Names& out, ValueProblems& problems);

void ReadTlsProfiles(const nlohmann::json& value, std::map<std::string, TlsProfile>& out,
                     ValueProblems& problems);
// Absolute paths by name.
void ReadDescriptors(const nlohmann::json& value, std::map<std::string, std::string>& out,
                     ValueProblems& problems);
void ReadEnvoyListeners(const nlohmann::json& value, std::vector<EnvoyListener>& out,
                        ValueProblems& problems);
void ReadFileSinks(const nlohmann::json& value, std::vector<FileSink>& out,
                   ValueProblems& problems);
// Which identity of a certificate sees which projects.
void ReadDiscoveryRules(const nlohmann::json& value, std::vector<access::DiscoveryRule>& out,
                        ValueProblems& problems);
void ReadWebhooks(const nlohmann::json& value, std::vector<Webhook>& out, ValueProblems& problems);

// The text of `object[key]`; empty if absent, empty and reported if it is no text.
std::string TextField(const nlohmann::json& object, const char* key, const std::string& where,
                      ValueProblems& problems);
// Reports the fields of an object that are not among `known`.
void RefuseUnknownFields(const nlohmann::json& object, std::span<const std::string_view> known,
                         const std::string& where, ValueProblems& problems);

// For readers of their own: append one problem at `where` below the key.
void ReportWrongType(const nlohmann::json& value, std::string where, std::string_view wanted,
                     std::string hint, ValueProblems& problems);
void ReportBadValue(std::string where, std::string message, std::string hint,
                    ValueProblems& problems);

// "a number", "a list": what a JSON value is, in a message.
std::string_view TypeName(const nlohmann::json& value);

}  // namespace fairlead::config
