// Prepared tables of the algebra, copied out of JavaScript once and shared by every call that names them.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sig_kernels.h"

namespace sig_cpu {

class Table {
 public:
  static constexpr size_t capacity = sizeof(sig_call::tables) / sizeof(sig_table);

  void add(const void *data, size_t elements, size_t element_bytes) {
    std::vector<double> copy((elements * element_bytes + sizeof(double) - 1) / sizeof(double));
    if (elements) std::memcpy(copy.data(), data, elements * element_bytes);
    arrays_.push_back(std::move(copy));
    lengths_.push_back(int64_t(elements));
  }

  size_t size() const { return arrays_.size(); }

  void describe(sig_call &call) const {
    for (size_t i = 0; i < arrays_.size(); ++i) call.tables[i] = {arrays_[i].data(), lengths_[i]};
  }

 private:
  std::vector<std::vector<double>> arrays_;
  std::vector<int64_t> lengths_;
};

// The tables of one environment by number; a call in flight keeps its table alive after it was forgotten.
class Tables {
 public:
  int64_t add(std::shared_ptr<const Table> table) {
    tables_.emplace(++last_, std::move(table));
    return last_;
  }

  std::shared_ptr<const Table> find(int64_t id) const {
    const auto found = tables_.find(id);
    return found == tables_.end() ? nullptr : found->second;
  }

  void forget(int64_t id) { tables_.erase(id); }

 private:
  std::unordered_map<int64_t, std::shared_ptr<const Table>> tables_;
  int64_t last_ = 0;
};

}  // namespace sig_cpu
