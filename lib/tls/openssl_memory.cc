#include "tls/openssl_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace fairlead::tls {
namespace {

void* Allocate(std::size_t bytes, const char*, int) {
  return bytes == 0 ? nullptr : std::malloc(bytes);
}

void Free(void* block, const char*, int) {
  if (block == nullptr) return;
  const std::size_t bytes = ::malloc_usable_size(block);
  if (bytes <= kWipedBytesMax) ::explicit_bzero(block, bytes);
  std::free(block);
}

// By a new block always, as realloc() would free the old one itself.
void* Reallocate(void* block, std::size_t bytes, const char* file, int line) {
  void* const larger = Allocate(bytes, file, line);
  if (block == nullptr || (larger == nullptr && bytes != 0)) return larger;
  if (larger != nullptr) std::memcpy(larger, block, std::min(bytes, ::malloc_usable_size(block)));
  Free(block, file, line);
  return larger;
}

}  // namespace

bool WipeWhatOpensslFrees() {
  return CRYPTO_set_mem_functions(Allocate, Reallocate, Free) == 1;
}

}  // namespace fairlead::tls
