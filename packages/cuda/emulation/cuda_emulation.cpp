#include "cuda_emulation.hpp"

#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

// Under the thread sanitizer every fiber is a thread of its own, and only barriers and shuffles order them: it reports races of the
// kernels. The bookkeeping here is shared without such an order, and is not instrumented.
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define SIG_UNCHECKED __attribute__((no_sanitize("thread")))
#else
#define SIG_UNCHECKED
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace emulation {
namespace {

constexpr size_t stack_bytes = size_t(256) << 10;
constexpr unsigned warp_size = 32;

enum class State { ready, at_barrier, at_exchange, ended };

struct Fiber {
  ucontext_t context;
  Index index;
  State state;
  unsigned mask;       // of the exchange it waits at
  unsigned exchanges;  // how many it has come to
  void *tsan = nullptr;
};

// Two sets of slots, used in turn: nobody is two exchanges ahead of another.
struct Warp {
  uint64_t bits[2][warp_size];
};

// A stack with unmapped memory at its end.
class Stack {
 public:
  Stack() : memory_(mmap(nullptr, stack_bytes + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    mprotect(memory_, guard, PROT_NONE);
  }
  Stack(const Stack &) = delete;
  ~Stack() { munmap(memory_, stack_bytes + guard); }
  void *lowest() const { return static_cast<char *>(memory_) + guard; }

 private:
  static constexpr size_t guard = 4096;
  void *memory_;
};

class Block;
thread_local Block *running = nullptr;

class Block {
 public:
  Block(const Launch &launch, void (*body)(const void *), const void *argument, std::vector<std::unique_ptr<Stack>> &stacks)
      : size_{launch.threads}, grid_{launch.blocks}, body_(body), argument_(argument), stacks_(stacks), fibers_(launch.threads),
        warps_((launch.threads + warp_size - 1) / warp_size), order_(launch.threads), shared_bytes_(launch.shared_bytes) {
    while (stacks_.size() < launch.threads) stacks_.push_back(std::make_unique<Stack>());
    for (unsigned i = 0; i < launch.threads; ++i) order_[i] = launch.schedule == Schedule::reverse ? launch.threads - 1 - i : i;
  }

  // With `shuffle` the threads take their turns in another order after every barrier.
  void run(unsigned index, std::mt19937 *shuffle) {
    index_ = {index};
    // Exactly as large as asked for, for the address sanitizer; all bits set is a NaN.
    shared_.reset(new (std::align_val_t(16)) unsigned char[shared_bytes_]);
    std::memset(shared_.get(), 0xff, shared_bytes_);
    for (unsigned i = 0; i < size_.x; ++i) prepare(i);
    running = this;
    try {
      while (step(shuffle)) {
      }
    } catch (...) {
      finish();
      throw;
    }
    finish();
  }

  SIG_UNCHECKED void yield(State state) {
    Fiber &fiber = *current_;
    fiber.state = state;
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(host_tsan_, __tsan_switch_to_fiber_no_sync);
#endif
#if defined(__SANITIZE_ADDRESS__)
    void *fake = nullptr;
    __sanitizer_start_switch_fiber(state == State::ended ? nullptr : &fake, host_stack_, host_stack_bytes_);
#endif
    swapcontext(&fiber.context, &host_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
  }

  SIG_UNCHECKED uint64_t exchange(unsigned mask, uint64_t bits, unsigned source) {
    Fiber &fiber = *current_;
    Warp &warp = warps_[fiber.index.x / warp_size];
    uint64_t(&slots)[warp_size] = warp.bits[fiber.exchanges++ % 2];
    slots[fiber.index.x % warp_size] = bits;
    fiber.mask = mask;
    release(&warp);
    yield(State::at_exchange);
    acquire(&warp);
    return slots[source];
  }

  SIG_UNCHECKED void barrier() {
    release(this);
    yield(State::at_barrier);
    acquire(this);
  }

  SIG_UNCHECKED const Index &thread() const { return current_->index; }
  SIG_UNCHECKED const Index &block() const { return index_; }
  SIG_UNCHECKED const Index &size() const { return size_; }
  SIG_UNCHECKED const Index &grid() const { return grid_; }
  SIG_UNCHECKED unsigned char *shared() const { return shared_.get(); }

 private:
  static void acquire([[maybe_unused]] void *what) {
#if defined(__SANITIZE_THREAD__)
    __tsan_acquire(what);
#endif
  }
  static void release([[maybe_unused]] void *what) {
#if defined(__SANITIZE_THREAD__)
    __tsan_release(what);
#endif
  }

  SIG_UNCHECKED static void enter() {
    Block &block = *running;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &block.host_stack_, &block.host_stack_bytes_);
#endif
    acquire(&block);
    block.body_(block.argument_);
    release(&block);
    block.yield(State::ended);
  }

  void prepare(unsigned i) {
    Fiber &fiber = fibers_[i];
    fiber.index = {i};
    fiber.state = State::ready;
    fiber.exchanges = 0;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = stacks_[i]->lowest();
    fiber.context.uc_stack.ss_size = stack_bytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, enter, 0);
#if defined(__SANITIZE_THREAD__)
    host_tsan_ = __tsan_get_current_fiber();
    fiber.tsan = __tsan_create_fiber(0);
    release(this);
#endif
  }

  SIG_UNCHECKED void resume(Fiber &fiber) {
    current_ = &fiber;
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(fiber.tsan, __tsan_switch_to_fiber_no_sync);
#endif
#if defined(__SANITIZE_ADDRESS__)
    void *fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, fiber.context.uc_stack.ss_sp, stack_bytes);
#endif
    swapcontext(&host_, &fiber.context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
  }

  // Gives every thread that can go on its turn; false when all have ended.
  SIG_UNCHECKED bool step(std::mt19937 *shuffle) {
    if (shuffle) std::shuffle(order_.begin(), order_.end(), *shuffle);
    bool moved = false;
    for (const unsigned i : order_) {
      if (fibers_[i].state != State::ready) continue;
      resume(fibers_[i]);
      moved = true;
    }
    for (unsigned warp = 0; warp < warps_.size(); ++warp) moved |= meet_in(warp);
    unsigned waiting = 0, ended = 0;
    for (const Fiber &fiber : fibers_) {
      waiting += fiber.state == State::at_barrier;
      ended += fiber.state == State::ended;
    }
    if (ended == size_.x) return false;
    if (waiting == size_.x) {
      for (Fiber &fiber : fibers_) fiber.state = State::ready;
    } else if (!moved) {
      throw std::runtime_error("barrier divergence: " + std::to_string(waiting) + " of " + std::to_string(size_.x) +
                               " threads of block " + std::to_string(index_.x) + " wait at the barrier, " + std::to_string(ended) +
                               " have ended, the others wait for lanes of their warp");
    }
    return true;
  }

  // Lets the lanes of a warp go on whose exchange is complete.
  SIG_UNCHECKED bool meet_in(unsigned warp) {
    bool met = false;
    const unsigned first = warp * warp_size, lanes = std::min(warp_size, size_.x - first);
    for (unsigned k = 0; k < lanes; ++k) {
      Fiber &fiber = fibers_[first + k];
      if (fiber.state != State::at_exchange) continue;
      const unsigned mask = fiber.mask, own = lanes == warp_size ? mask : mask & ((1u << lanes) - 1);
      unsigned come = 0;
      for (unsigned l = 0; l < lanes; ++l) {
        const Fiber &other = fibers_[first + l];
        come |= unsigned(other.state == State::at_exchange && other.mask == mask && other.exchanges == fiber.exchanges) << l;
      }
      if (!(mask >> k & 1)) throw std::runtime_error("a lane is missing in the mask of its own shuffle");
      if ((come & own) != own) continue;
      for (unsigned l = 0; l < lanes; ++l)
        if (own >> l & 1) fibers_[first + l].state = State::ready;
      met = true;
    }
    return met;
  }

  void finish() {
    running = nullptr;
#if defined(__SANITIZE_THREAD__)
    for (Fiber &fiber : fibers_) __tsan_destroy_fiber(fiber.tsan);
    acquire(this);
#endif
  }

  struct Free {
    void operator()(unsigned char *memory) const { operator delete[](memory, std::align_val_t(16)); }
  };

  Index index_{}, size_, grid_;
  void (*body_)(const void *);
  const void *argument_;
  std::vector<std::unique_ptr<Stack>> &stacks_;
  std::vector<Fiber> fibers_;
  std::vector<Warp> warps_;
  std::vector<unsigned> order_;
  size_t shared_bytes_;
  std::unique_ptr<unsigned char[], Free> shared_;
  ucontext_t host_;
  Fiber *current_ = nullptr;
  [[maybe_unused]] const void *host_stack_ = nullptr;
  [[maybe_unused]] size_t host_stack_bytes_ = 0;
  [[maybe_unused]] void *host_tsan_ = nullptr;
};

std::map<std::string, Kernel> &kernels() {
  static std::map<std::string, Kernel> all;
  return all;
}

}  // namespace

void launch(const Launch &launch, void (*body)(const void *), const void *argument) {
  thread_local std::vector<std::unique_ptr<Stack>> stacks;
  std::mt19937 random(launch.seed);
  std::vector<unsigned> blocks(launch.blocks);
  for (unsigned i = 0; i < launch.blocks; ++i) blocks[i] = launch.schedule == Schedule::reverse ? launch.blocks - 1 - i : i;
  if (launch.schedule == Schedule::shuffled) std::shuffle(blocks.begin(), blocks.end(), random);
  Block block(launch, body, argument, stacks);
  for (const unsigned index : blocks) block.run(index, launch.schedule == Schedule::shuffled ? &random : nullptr);
}

SIG_UNCHECKED const Index &thread_index() { return running->thread(); }
SIG_UNCHECKED const Index &block_index() { return running->block(); }
SIG_UNCHECKED const Index &block_size() { return running->size(); }
SIG_UNCHECKED const Index &grid_size() { return running->grid(); }
SIG_UNCHECKED unsigned char *shared_memory() { return running->shared(); }
SIG_UNCHECKED void block_barrier() { running->barrier(); }
SIG_UNCHECKED uint64_t exchange(unsigned mask, uint64_t bits, unsigned source) { return running->exchange(mask, bits, source); }

bool add_kernel(const char *name, Kernel kernel) { return kernels().emplace(name, kernel).second; }

Kernel find_kernel(const char *name) {
  const auto found = kernels().find(name);
  return found == kernels().end() ? nullptr : found->second;
}

}  // namespace emulation
