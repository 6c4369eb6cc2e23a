// Working memory of calls: aligned, reused between small calls, given back after large ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace sig_cpu {

class Memory {
 public:
  Memory() = default;
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  ~Memory() { release(); }

  static int64_t rounded(int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

  // `bytes` or more of unspecified content, valid until the next `reserve` or `trim`; null only where there are none to be had.
  void *reserve(int64_t bytes) {
    if (data_ && bytes <= capacity_) return data_;
    release();
    const int64_t wanted = rounded(bytes < smallest ? smallest : bytes);
    data_ = ::operator new(size_t(wanted), std::align_val_t(alignment), std::nothrow);
    if (data_) capacity_ = wanted;
    return data_;
  }

  // Gives large memory back.
  void trim() {
    if (capacity_ > kept) release();
  }

 private:
  static constexpr int64_t alignment = 64;
  static constexpr int64_t smallest = int64_t(4) << 10;
  static constexpr int64_t kept = int64_t(4) << 20;

  void release() {
    ::operator delete(data_, std::align_val_t(alignment));
    data_ = nullptr;
    capacity_ = 0;
  }

  void *data_ = nullptr;
  int64_t capacity_ = 0;
};

}  // namespace sig_cpu
