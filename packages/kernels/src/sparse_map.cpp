// sparseMap: rows times a sparse matrix, whose lines make the numbers of the results.
#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {
namespace {

constexpr int64_t lines_per_look = 4096;

template <class T>
struct SparseMap {
  const int32_t *start, *column;
  const double *value;
  const int64_t width, lines;
  const Tiles tiles;

  explicit SparseMap(const sig_call &call)
      : start(static_cast<const int32_t *>(call.tables[0].data)), column(static_cast<const int32_t *>(call.tables[1].data)),
        value(static_cast<const double *>(call.tables[2].data)), width(call.length), lines(call.tables[0].length - 1),
        tiles(Tiles::of(call, width + lines, lines + call.tables[1].length)) {}

  void plan(sig_plan &plan) const {
    const int64_t size = tiles.width == 1 ? int64_t(sizeof(T)) : int64_t(sizeof(Vec<T>));
    plan.phases = 1;
    plan.tasks[0] = tiles.tasks();
    plan.scratch_bytes = Scratch::bytes<char>(width * size) + Scratch::bytes<char>(lines * size);
    plan.work = tiles.batch;
  }

  int32_t run(const Task &task) const {
    return for_each_tile<T>(task, tiles, 1, [&](auto element, RowTile tile) {
      using E = decltype(element);
      Scratch memory(task.scratch);
      const Rows<T> out(task.call.out[0], lines);
      const E *from = read_tile(Rows<T>(task.call.in[0], width), tile, width, memory.take<E>(width));
      E *to = begin_tile(out, tile, memory.take<E>(lines));
      for (int64_t i = 0; i < lines; ++i) {
        if (i % lines_per_look == 0 && task.stopped()) return;
        E sum{};
        for (int64_t e = start[i]; e < start[i + 1]; ++e) sum += T(value[e]) * from[column[e]];
        to[i] = sum;
      }
      finish_tile(out, tile, lines, to);
      write_slots(out, tile, T(0));
    });
  }
};

}  // namespace

int32_t plan_sparse_map(const sig_call &call, sig_plan &plan) {
  call.dtype == SIG_FLOAT64 ? SparseMap<double>(call).plan(plan) : SparseMap<float>(call).plan(plan);
  return SIG_OK;
}

int32_t run_sparse_map(const Task &task) {
  return task.call.dtype == SIG_FLOAT64 ? SparseMap<double>(task.call).run(task) : SparseMap<float>(task.call).run(task);
}

}  // namespace sig::SIG_TARGET
