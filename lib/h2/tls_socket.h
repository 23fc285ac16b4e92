// TlsSocket: the kernel's socket as OpenSSL's BIO, and what happened on it.
//
// Threads: one. The BIO must not outlive it.
#pragma once

#include <openssl/types.h>

#include <cstdint>

#include "h2/frame_meter.h"

namespace fairlead::h2 {

class TlsSocket {
 public:
  // Owns and closes `descriptor`. At most `bytes_per_second_max` are read.
  TlsSocket(int descriptor, std::uint32_t bytes_per_second_max);
  ~TlsSocket();
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  // A new one; OpenSSL's to free.
  BIO* NewBio();
  // Before each use of the BIO: the kernel may be asked again.
  void BeginTurn() {
    is_drained_ = false;
    error_ = 0;
  }

  int descriptor() const { return descriptor_; }
  bool is_flooded() const { return is_flooded_; }
  int error() const { return error_; }  // errno, when a call of this turn failed for good

 private:
  friend struct TlsSocketCalls;
  int Receive(char* data, int size, bool& again);
  int Send(const char* data, int size, bool& again);

  const int descriptor_;
  RateBudget bytes_;
  bool is_drained_ = false;  // the last read of this turn was short
  bool is_flooded_ = false;
  int error_ = 0;
};

}  // namespace fairlead::h2
