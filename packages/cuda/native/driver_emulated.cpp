// The emulated device: memory of the heap, exactly as large as asked for and begun as NaN, and a thread that works off one stream.
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "cuda_emulation.hpp"
#include "driver.hpp"

namespace sig_cuda {
namespace {

class EmulatedDriver final : public Driver {
 public:
  explicit EmulatedDriver(emulation::Schedule schedule) : schedule_(schedule), worker_([this] { serve(); }) {}

  ~EmulatedDriver() override {
    enqueue([this] { ending_ = true; });
    worker_.join();
  }

  const DeviceFacts &facts() const override { return facts_; }

  void *allocate(size_t bytes) override { return poisoned(bytes); }
  void release(void *memory) override {
    enqueue([memory] { std::free(memory); });
  }
  void *allocate_pinned(size_t bytes) override { return poisoned(bytes); }
  void release_pinned(void *memory) override { release(memory); }

  void upload(void *device, const void *host, size_t bytes) override { copy(device, host, bytes); }
  void download(void *host, const void *device, size_t bytes) override { copy(host, device, bytes); }

  void launch(const char *name, unsigned blocks, unsigned threads, size_t shared_bytes, const void *argument, size_t bytes) override {
    const emulation::Kernel kernel = emulation::find_kernel(name);
    if (!kernel) throw DriverError(std::string("no kernel is named ") + name, false);
    if (blocks == 0 || threads == 0 || threads > 1024 || int64_t(shared_bytes) > facts_.shared_bytes)
      throw DriverError(std::string("impossible launch of ") + name, false);
    std::vector<unsigned char> copied(bytes);
    std::memcpy(copied.data(), argument, bytes);
    enqueue([this, kernel, blocks, threads, shared_bytes, copied = std::move(copied)] {
      if (!failure_.empty()) return;
      try {
        emulation::launch({blocks, threads, shared_bytes, schedule_}, kernel, copied.data());
      } catch (const std::exception &error) {
        failure_ = error.what();
      }
    });
  }

  void notify(void (*done)(void *, const char *), void *context) override {
    enqueue([this, done, context] {
      const std::string failure = std::exchange(failure_, {});
      done(context, failure.empty() ? nullptr : failure.c_str());
    });
  }

  void synchronize() override {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::string failure;
    enqueue([&] {
      const std::lock_guard lock(mutex);
      failure = std::exchange(failure_, {});
      done = true;
      changed.notify_one();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done; });
    if (!failure.empty()) throw DriverError(failure, false);
  }

 private:
  static void *poisoned(size_t bytes) {
    void *const memory = std::aligned_alloc(16, (bytes + 15) / 16 * 16);
    if (!memory) throw DriverError("out of memory", true);
    std::memset(memory, 0xff, bytes);
    return memory;
  }

  void copy(void *to, const void *from, size_t bytes) {
    enqueue([=] { std::memcpy(to, from, bytes); });
  }

  void enqueue(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    changed_.notify_one();
  }

  void serve() {
    while (!ending_) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !queue_.empty(); });
      const std::function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
    }
  }

  const DeviceFacts facts_{"emulated", "none", int64_t(4) << 30, int64_t(48) << 10, 4};
  const emulation::Schedule schedule_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::string failure_;  // the next three are the worker's own
  bool ending_ = false;
  std::thread worker_;
};

}  // namespace

std::unique_ptr<Driver> open_emulated(int schedule) { return std::make_unique<EmulatedDriver>(emulation::Schedule(schedule)); }

}  // namespace sig_cuda
