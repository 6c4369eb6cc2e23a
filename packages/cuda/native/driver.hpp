// What the host needs of a device: CUDA's driver, or the emulated one. One object is one stream of work on one device; everything but
// synchronize() may return before it is done, and happens in order. Failures throw DriverError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace sig_cuda {

class DriverError : public std::runtime_error {
 public:
  DriverError(const std::string &what, bool out_of_memory) : std::runtime_error(what), out_of_memory(out_of_memory) {}
  const bool out_of_memory;
};

struct DeviceFacts {
  std::string name;
  std::string driver;
  int64_t memory_bytes;
  int64_t shared_bytes;  // that one block can have
  int64_t processors;
};

class Driver {
 public:
  virtual ~Driver() = default;

  virtual const DeviceFacts &facts() const = 0;

  // Device memory of unspecified content.
  virtual void *allocate(size_t bytes) = 0;
  virtual void release(void *memory) = 0;

  // Host memory that the device can read while it works, and that copies need not wait for.
  virtual void *allocate_pinned(size_t bytes) = 0;
  virtual void release_pinned(void *memory) = 0;

  // `host` is pinned, or stays as it is until the work before is done.
  virtual void upload(void *device, const void *host, size_t bytes) = 0;
  virtual void download(void *host, const void *device, size_t bytes) = 0;

  // Runs the kernel of that name on one argument, which is copied.
  virtual void launch(const char *kernel, unsigned blocks, unsigned threads, size_t shared_bytes, const void *argument, size_t bytes) = 0;

  // Calls done(context, message) on a thread of the driver when everything before is done; `message` is null unless something failed.
  virtual void notify(void (*done)(void *context, const char *message), void *context) = 0;

  // Waits until everything before is done.
  virtual void synchronize() = 0;
};

// Why there is no CUDA here, or nothing.
std::string cuda_problem();
std::unique_ptr<Driver> open_cuda(int device);

#if defined(SIG_EMULATED_DEVICE)
// Kernels on a thread of the CPU; `schedule` is one of emulation::Schedule.
std::unique_ptr<Driver> open_emulated(int schedule);
#endif

}  // namespace sig_cuda
