// T14: whoever has taken the daemon over can send its actuator any bytes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

// Packets of the actuator's length with the ids and signals that pass, and all else by chance.
std::string RandomQuestion(Rng& chance) {
  const auto byte = [&] { return static_cast<char>(chance.Next()); };
  constexpr std::string_view kPieces = "0aZ-_./?#& \n%";
  const auto text = [&](std::size_t bytes_most) {
    std::string made(chance.Next() % bytes_most, '\0');
    const bool is_plain = chance.Next() % 4 != 0;
    for (char& c : made)
      c = is_plain ? kPieces[chance.Next() % 5] : kPieces[chance.Next() % kPieces.size()];
    return static_cast<char>(made.size()) + made;
  };
  std::string packet(18, '\0');
  for (char& c : packet) c = byte();
  if (chance.Next() % 2 == 0)
    packet.replace(14, 4, chance.Next() % 2 == 0 ? "\xff\xff\xff\xff" : std::string(4, '\0'));
  packet += text(20);
  packet += chance.Next() % 2 == 0 ? "\6SIGHUP" : text(9);
  if (chance.Next() % 8 == 0) packet[chance.Next() % packet.size()] = byte();
  if (chance.Next() % 16 == 0) packet.resize(chance.Next() % packet.size());
  return packet;
}

// A hundred million under FAIRLEAD_SOAK.
TEST(ActuatorPackets, OfAnyPacketTheEngineHearsARequestOfTheListOrNothing) {
  Rng chance(14);
  const int inputs = std::getenv("FAIRLEAD_SOAK") == nullptr ? 10'000 : 100'000'000;
  for (int i = 0; i < inputs; ++i) FuzzActuator(RandomQuestion(chance));
}

}  // namespace
}  // namespace fairlead::fuzz
