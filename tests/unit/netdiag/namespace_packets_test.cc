// T14: whoever has taken the daemon over can send the process that enters networks any bytes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/rng.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

// Packets of the right length for their verb as a rule, and all else by chance.
std::string RandomQuestion(Rng& chance) {
  constexpr std::string_view kDigits = "0123456789abcdef/";
  const auto verb = static_cast<char>(chance.Next() % 5);
  std::string packet(1, verb);
  const std::size_t digits = chance.Next() % 8 == 0 ? kDigits.size() : kDigits.size() - 1;
  for (int i = 0; i < 64; ++i) packet += kDigits[chance.Next() % digits];
  for (int i = 0; i < 12; ++i) packet += static_cast<char>(chance.Next());
  if (chance.Next() % 4 != 0) packet[68] = 0;  // a process number that there could be
  const auto count = static_cast<unsigned char>(chance.Next() % (verb == 2 ? 40 : 16));
  packet += static_cast<char>(count);
  for (unsigned i = 0; verb == 2 && i < count * 49U; ++i)
    packet += static_cast<char>(i % 49 == 0 ? (chance.Next() % 2 == 0 ? 2 : 10) : chance.Next());
  if (chance.Next() % 8 == 0) packet[chance.Next() % packet.size()] ^= 1;
  if (chance.Next() % 16 == 0) packet.resize(chance.Next() % packet.size());
  return packet;
}

// A hundred million under FAIRLEAD_SOAK.
TEST(NamespacePackets, OfAnyPacketSomethingOfTheListIsDoneOrNothing) {
  Rng chance(9);
  const int inputs = std::getenv("FAIRLEAD_SOAK") == nullptr ? 10'000 : 100'000'000;
  for (int i = 0; i < inputs; ++i) FuzzNamespaces(RandomQuestion(chance));
}

}  // namespace
}  // namespace fairlead::fuzz
