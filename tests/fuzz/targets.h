// The fuzz targets: each feeds bytes from outside to a parser and checks what must hold of the
// result.
//
// Why functions: libFuzzer looks for inputs that break them (./dev fuzz), and fuzz_corpus_test
// plays the inputs that are checked in, so that what was found once is found again by every build.
// A property that does not hold ends the process by CHECK.
#pragma once

#include <span>
#include <string_view>

namespace fairlead::fuzz {

// `input` is any bytes. Returns 0; libFuzzer's convention.
int FuzzEngineAnswer(std::string_view input);   // an HTTP answer of an engine, in pieces
int FuzzEngineChunks(std::string_view input);   // the chunked body of one
int FuzzEngineEvents(std::string_view input);   // the event stream, in pieces
int FuzzEngineInspect(std::string_view input);  // GET /containers/{id}/json
int FuzzEngineList(std::string_view input);     // GET /containers/json, GET /info, error answers
int FuzzActuator(std::string_view input);       // what the daemon sends to its actuator
int FuzzNamespaces(std::string_view input);     // and to who enters containers' networks, and back
int FuzzAuthority(std::string_view input);      // and to who writes certificates, and back
int FuzzLabels(std::string_view input);         // the labels of a container, and the host's say
int FuzzTexts(std::string_view input);          // durations, percentages, times, endpoints, mounts
int FuzzConfigText(std::string_view input);     // the config file
int FuzzRolloutTexts(std::string_view input);   // `docker inspect`, `docker compose config`
int FuzzDiagnose(std::string_view input);       // name servers, their answers, tables of sockets
int FuzzCompose(std::string_view input);        // Compose files and label sets, as lint reads them
int FuzzDnsMessage(std::string_view input);     // a DNS message, and a name as text
int FuzzHttpRequest(std::string_view input);    // line, target and fields of an HTTP request
int FuzzH2Server(std::string_view input);       // frames of a client; each in one piece and many
int FuzzH2Probe(std::string_view input);        // frames of a server that is checked, likewise
int FuzzFrameGuard(std::string_view input);
int FuzzH2Caller(std::string_view input);       // of a server that is called, likewise
int FuzzHealthReplies(std::string_view input);  // an HTTP answer, a health message, a reply
int FuzzCertificates(std::string_view input);   // PEM files
int FuzzContainerLog(std::string_view input);   // what a container has written
// Where xds and the gateway are built (not for the thread sanitizer):
int FuzzDiscoverySession(std::string_view input);   // a client's life, against the model of it
int FuzzNameServer(std::string_view input);         // a query, to a zone with some services
int FuzzDiscoveryRequests(std::string_view input);  // encoded requests, each after its length
int FuzzLoadReports(std::string_view input);        // load reports of three clients, likewise
int FuzzGatewayRequest(std::string_view input);     // of HTTP, as a message of a known service
int FuzzServerReflection(std::string_view input);   // answers, each after its length; or one file
int FuzzGrpcWeb(std::string_view input);            // the body of a request
int FuzzSinkTemplate(std::string_view input);       // of a file that is kept for another program
int FuzzSinks(std::string_view input);              // what the daemon sends to who writes those

struct Target {
  std::string_view name;  // of its folder in tests/fuzz/corpus
  int (*run)(std::string_view input);
};

std::span<const Target> Targets();

}  // namespace fairlead::fuzz
