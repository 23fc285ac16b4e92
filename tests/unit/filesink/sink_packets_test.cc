// T14: whoever has taken the daemon over can send the process that writes files any bytes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/rng.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

// Of the right form as a rule, and all else by chance.
std::string RandomPage(Rng& chance) {
  const auto put = [](std::string& bytes, std::uint64_t number, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(number >> (8 * i));
  };
  constexpr std::string_view kLetters = "abcz019-_;";
  std::string page;
  const std::uint64_t services = chance.Next() % 4;
  put(page, services, 4);
  for (std::uint64_t i = 0; i < services; ++i) {
    for (int part = 0; part < 2; ++part) {
      const std::uint64_t letters = chance.Next() % 16 == 0 ? chance.Next() % 80 : 3;
      put(page, letters, 1);
      const std::size_t harmless = chance.Next() % 16 == 0 ? kLetters.size() : kLetters.size() - 1;
      for (std::uint64_t j = 0; j < letters; ++j) page += kLetters[chance.Next() % harmless];
    }
    const std::uint64_t servers = chance.Next() % 4;
    put(page, servers, 4);
    for (std::uint64_t j = 0; j < servers; ++j) {
      const bool is_ipv4 = chance.Next() % 2 == 0;
      put(page, chance.Next() % 32 == 0 ? 5 : (is_ipv4 ? 4 : 6), 1);
      for (int byte = 0; byte < (is_ipv4 ? 4 : 16); ++byte) put(page, chance.Next(), 1);
      put(page, chance.Next(), 2);
      put(page, chance.Next() % 1002, 2);
    }
  }
  if (chance.Next() % 8 == 0) page[chance.Next() % page.size()] ^= 1;
  if (chance.Next() % 16 == 0) page.resize(chance.Next() % page.size());
  return page;
}

// A hundred million under FAIRLEAD_SOAK.
TEST(SinkPackets, OfAnyBytesAPageOfHarmlessNamesAndAddressesIsMadeOrNothing) {
  Rng chance(11);
  const int inputs = std::getenv("FAIRLEAD_SOAK") == nullptr ? 10'000 : 100'000'000;
  for (int i = 0; i < inputs; ++i) FuzzSinks(RandomPage(chance));
}

}  // namespace
}  // namespace fairlead::fuzz
