#include "pool.hpp"

#include <algorithm>
#include <system_error>

namespace sig_cpu {

namespace {

constexpr int64_t most_threads = 1024;

const std::atomic<int64_t> nothing_else{0};

}  // namespace

Pool &Pool::process_wide() {
  static Pool *const pool = new Pool;
  return *pool;
}

void Pool::enter() {
  const std::lock_guard lock(environments_mutex_);
  ++environments_;
}

void Pool::leave() {
  const std::lock_guard lock(environments_mutex_);
  if (--environments_) return;
  std::vector<std::thread> threads;
  {
    const std::lock_guard inner(mutex_);
    closing_ = true;
    threads.swap(threads_);
  }
  offered_.notify_all();
  for (std::thread &thread : threads) thread.join();
  closing_ = false;
}

int32_t Pool::run(const std::shared_ptr<Execution> &execution, int64_t threads, Memory &memory) {
  {
    const std::lock_guard lock(mutex_);
    offer(execution, threads - 1);
  }
  execution->take_part(memory, nothing_else);
  const int32_t status = execution->wait();
  memory.trim();
  const std::lock_guard lock(mutex_);
  offers_.remove_if([&](const Seats &seats) { return seats.execution == execution && seats.taken == 0; });
  count_unattended();
  return status;
}

bool Pool::start(const std::shared_ptr<Execution> &execution, int64_t threads) {
  const std::lock_guard lock(mutex_);
  offer(execution, threads);
  if (!threads_.empty()) return true;
  offers_.pop_back();
  count_unattended();
  return false;
}

void Pool::stop(const std::shared_ptr<Execution> &execution) {
  execution->stop();
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(offers_.begin(), offers_.end(), [&](const Seats &seats) { return seats.execution == execution; });
    if (found == offers_.end() || found->taken) return;
    offers_.erase(found);
    count_unattended();
  }
  execution->abandon(SIG_STOPPED);
}

void Pool::offer(const std::shared_ptr<Execution> &execution, int64_t seats) {
  offers_.push_back({execution, std::min(seats, most_threads), 0});
  count_unattended();
  grow(seats);
  for (int64_t i = std::min(seats, int64_t(threads_.size())); i > 0; --i) offered_.notify_one();
}

// As many threads as the offers ask for, within what one call asked for or the machine has.
void Pool::grow(int64_t request) {
  largest_request_ = std::max(largest_request_, request);
  int64_t wanted = 0;
  for (const Seats &seats : offers_) wanted += seats.limit;
  const int64_t bound = std::max(largest_request_, int64_t(std::thread::hardware_concurrency()));
  wanted = std::min({wanted, bound, most_threads});
  try {
    while (int64_t(threads_.size()) < wanted) threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error &) {
    // The system has no more threads: those there are do the work.
  }
}

void Pool::serve() {
  Memory scratch;
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto chosen = choose();
    if (chosen == offers_.end()) {
      if (closing_) return;
      offered_.wait(lock);
      continue;
    }
    offers_.splice(offers_.end(), offers_, chosen);
    ++chosen->taken;
    count_unattended();
    const std::shared_ptr<Execution> execution = chosen->execution;
    lock.unlock();
    const bool exhausted = execution->take_part(scratch, unattended_);
    scratch.trim();
    lock.lock();
    --chosen->taken;
    if (exhausted) chosen->limit = 0;
    if (chosen->limit == 0 && chosen->taken == 0) offers_.erase(chosen);
    count_unattended();
  }
}

// The offer with a free seat that has the fewest threads.
std::list<Pool::Seats>::iterator Pool::choose() {
  auto best = offers_.end();
  for (auto it = offers_.begin(); it != offers_.end(); ++it)
    if (it->taken < it->limit && (best == offers_.end() || it->taken < best->taken)) best = it;
  return best;
}

void Pool::count_unattended() {
  int64_t count = 0;
  for (const Seats &seats : offers_) count += seats.limit > 0 && seats.taken == 0;
  unattended_.store(count, std::memory_order_relaxed);
}

}  // namespace sig_cpu
