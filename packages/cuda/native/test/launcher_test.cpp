// The launcher itself: a right kernel gives one result in every schedule, and each kind of planted bug is caught.
//   launcher_test                  the right kernels, and what the launcher finds by itself
//   launcher_test overrun | race   commits the bug, for the address or the thread sanitizer to report
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "cuda_emulation.hpp"

namespace {

using emulation::Schedule;

struct Sums {
  const double *in;
  double *out;
  bool leave_early, no_barrier, overrun;
};

// The sum of 64 numbers per block: a tree in shared memory down to a warp, then shuffles.
void sum(const void *argument) {
  const Sums &job = *static_cast<const Sums *>(argument);
  double *shared = reinterpret_cast<double *>(emulation::shared_memory());
  const unsigned i = threadIdx.x;
  shared[i + (job.overrun && i == blockDim.x - 1)] = job.in[blockIdx.x * blockDim.x + i];
  if (job.leave_early && i >= 32) return;
  if (!job.no_barrier) __syncthreads();
  if (i >= 32) return;
  double value = shared[i] + shared[i + 32];
  for (int lanes = 16; lanes > 0; lanes /= 2) value += __shfl_xor_sync(~0u, value, lanes);
  if (i == 0) job.out[blockIdx.x] = value;
}

struct Neighbours {
  int *out;
};

// Whose number does lane k get?
void neighbours(const void *argument) {
  int *out = static_cast<const Neighbours *>(argument)->out + 4 * threadIdx.x;
  const int own = int(threadIdx.x);
  out[0] = __shfl_up_sync(~0u, own, 1);
  out[1] = __shfl_down_sync(~0u, own, 2);
  out[2] = __shfl_sync(~0u, own, 5);
  atomicAdd(&out[3 - 4 * own], 1);
}

constexpr unsigned blocks = 3, threads = 64;

std::vector<double> sums(Sums job, Schedule schedule, uint32_t seed = 1) {
  std::vector<double> in(blocks * threads), out(blocks);
  for (size_t i = 0; i < in.size(); ++i) in[i] = double(i);
  job.in = in.data();
  job.out = out.data();
  emulation::launch({blocks, threads, threads * sizeof(double), schedule, seed}, sum, &job);
  return out;
}

int failures = 0;
void expect(bool holds, const char *what) {
  std::printf("%s: %s\n", holds ? "ok" : "FAILED", what);
  failures += !holds;
}

// Without the barrier a thread of one of the orders reads what is not there yet.
bool all_right(Sums job) {
  const std::vector<double> right{2016, 6112, 10208};
  bool same = true;
  for (const Schedule schedule : {Schedule::forward, Schedule::reverse, Schedule::shuffled}) same = same && sums(job, schedule) == right;
  return same;
}

}  // namespace

int main(int count, char **arguments) {
  const std::string bug = count > 1 ? arguments[1] : "";
  if (bug == "overrun" || bug == "race") {
    sums({nullptr, nullptr, false, bug == "race", bug == "overrun"}, Schedule::forward);
    std::printf("the bug was not reported\n");
    return 0;
  }
  expect(all_right({}), "a block's sum by barrier and shuffles, in three schedules");
  std::vector<int> got(4 * 32);
  Neighbours job{got.data()};
  emulation::launch({1, 32, 0}, neighbours, &job);
  expect(got[4 * 7] == 6 && got[0] == 0 && got[4 * 7 + 1] == 9 && got[4 * 31 + 1] == 31 && got[4 * 7 + 2] == 5, "shuffles up, down and from a lane");
  expect(got[3] == 32, "additions of all threads to one number");
  bool caught = false;
  try {
    sums({nullptr, nullptr, true, false, false}, Schedule::forward);
  } catch (const std::runtime_error &error) {
    caught = std::string(error.what()).find("barrier divergence: 32 of 64") != std::string::npos;
  }
  expect(caught, "a barrier that half of the threads never reach is reported");
#if !defined(__SANITIZE_THREAD__)
  expect(!all_right({nullptr, nullptr, false, true, false}), "a missing barrier gives a wrong or undefined sum in one of the schedules");
#endif
  return failures ? 1 : 0;
}
