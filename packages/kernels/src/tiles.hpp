// How the rows of a batch are cut into tasks, and how rows get into lanes and back.
//
// Rows are computed W at a time, one per lane, where the levels below the highest of W rows stay in cache; longer rows, and batches that
// would leave most lanes idle, one at a time. The choice depends on the shape alone.
#pragma once

#include "families.hpp"
#include "lanes.hpp"

namespace sig::SIG_TARGET {

static inline int64_t divide_up(int64_t n, int64_t by) { return (n + by - 1) / by; }

struct Tiles {
  int64_t batch;
  int64_t width;     // rows computed at once: W or 1
  int64_t per_task;  // rows

  // row_numbers: numbers that the computation of one row keeps in cache; row_work: operations of one row.
  static Tiles of(const sig_call &call, int64_t row_numbers, int64_t row_work) {
    const int64_t bytes = call.dtype == SIG_FLOAT64 ? 8 : 4, lanes = SIG_VECTOR_BYTES / bytes;
    const int64_t cache_bytes = 384 * 1024, task_work = 1 << 17;
    Tiles tiles;
    tiles.batch = call.batch;
    tiles.width = call.batch * 2 > lanes && row_numbers * SIG_VECTOR_BYTES <= cache_bytes ? lanes : 1;
    const int64_t tile_work = tiles.width * row_work;
    tiles.per_task = tiles.width * (tile_work < task_work ? divide_up(task_work, tile_work + 1) : 1);
    return tiles;
  }

  int64_t tasks() const { return divide_up(batch, per_task); }
};

// Hands out 64-byte aligned pieces of the scratch memory of a thread.
struct Scratch {
  char *next;

  explicit Scratch(void *memory) : next(static_cast<char *>(memory)) {}

  template <class E>
  E *take(int64_t n) {
    E *piece = reinterpret_cast<E *>(next);
    next += bytes<E>(n);
    return piece;
  }

  template <class E>
  static int64_t bytes(int64_t n) {
    return divide_up(n * int64_t(sizeof(E)), 64) * 64;
  }
};

// Rows of `length` numbers, after a scalar slot where the operand has one.
template <class T>
struct Rows {
  T *data;
  int64_t slot;
  int64_t length;

  Rows(const sig_operand &operand, int64_t length) : data(static_cast<T *>(operand.data)), slot(operand.scalar), length(length) {}
  int64_t stride() const { return length + slot; }
  T *row(int64_t i) const { return data + i * stride() + slot; }
};

// The rows first .. first + count - 1 that are computed together.
struct RowTile {
  int64_t first, count;
};

// Numbers 0 .. n - 1 of the rows of a tile as elements E: lanes are copied through `buffer`, a single row is used where it lies.
template <class T>
static inline const T *read_tile(const Rows<T> &rows, RowTile tile, int64_t n, T *) {
  (void)n;
  return rows.row(tile.first);
}
template <class T>
static inline const Vec<T> *read_tile(const Rows<T> &rows, RowTile tile, int64_t n, Vec<T> *buffer) {
  gather_rows(static_cast<const T *>(rows.row(tile.first)), rows.stride(), tile.count, n, buffer);
  return buffer;
}

// Where numbers 0 .. n - 1 of a tile are to be written: the row itself or the buffer, which finish_tile then copies out.
template <class T>
static inline T *begin_tile(const Rows<T> &rows, RowTile tile, T *) {
  return rows.row(tile.first);
}
template <class T>
static inline Vec<T> *begin_tile(const Rows<T> &, RowTile, Vec<T> *buffer) {
  return buffer;
}
template <class T>
static inline void finish_tile(const Rows<T> &, RowTile, int64_t, const T *) {}
template <class T>
static inline void finish_tile(const Rows<T> &rows, RowTile tile, int64_t n, const Vec<T> *from) {
  scatter_rows(from, n, rows.row(tile.first), rows.stride(), tile.count);
}

template <class T>
static inline void write_slots(const Rows<T> &rows, RowTile tile, T slot) {
  if (rows.slot)
    for (int64_t i = 0; i < tile.count; ++i) rows.row(tile.first + i)[-1] = slot;
}

// Runs body(E{}, tile) for each tile of a task, with E = Vec<T> or T.
template <class T, class Body>
static inline int32_t for_each_tile(const Task &task, const Tiles &tiles, int64_t row_units, const Body &body) {
  const int64_t begin = task.index * tiles.per_task;
  const int64_t end = begin + tiles.per_task < tiles.batch ? begin + tiles.per_task : tiles.batch;
  for (int64_t first = begin; first < end; first += tiles.width) {
    if (task.stopped()) return SIG_STOPPED;
    const RowTile tile = {first, first + tiles.width < end ? tiles.width : end - first};
    if (tiles.width == 1)
      body(T{}, tile);
    else
      body(Vec<T>{}, tile);
    task.advance(tile.count * row_units);
  }
  return task.stopped() ? SIG_STOPPED : SIG_OK;
}

}  // namespace sig::SIG_TARGET
