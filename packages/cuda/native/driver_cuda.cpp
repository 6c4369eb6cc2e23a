// CUDA's driver, opened at run time: the addon loads where there is none. The few names it needs are declared here, so that no CUDA
// installation is needed to build it either.
#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include <map>
#include <mutex>
#include <vector>

#include "driver.hpp"
#include "fatbin.hpp"

namespace sig_cuda {
namespace {

using Result = int;  // CUresult
using Handle = void *;
using Address = unsigned long long;  // CUdeviceptr

constexpr Result out_of_memory = 2;
constexpr unsigned non_blocking_stream = 1;
constexpr unsigned portable_and_mapped = 1 | 2;
constexpr int processors_attribute = 16, shared_attribute = 8, major_attribute = 75, minor_attribute = 76, pools_attribute = 115;
constexpr int release_threshold_attribute = 4;
constexpr int oldest_major = 7, oldest_minor = 5;

// What one device keeps for later calls: of its memory in the driver's pool, and of pinned host memory here.
constexpr unsigned long long kept_device_bytes = 256ull << 20;
constexpr size_t kept_pinned_bytes = size_t(64) << 20;

// The driver's functions, by their exported names.
struct Library {
  Result (*init)(unsigned);
  Result (*version)(int *);
  Result (*error_string)(Result, const char **);
  Result (*device_count)(int *);
  Result (*device_get)(int *, int);
  Result (*device_name)(char *, int, int);
  Result (*device_memory)(size_t *, int);
  Result (*device_attribute)(int *, int, int);
  Result (*default_pool)(Handle *, int);
  Result (*set_pool)(Handle, int, void *);
  Result (*retain_context)(Handle *, int);
  Result (*release_context)(int);
  Result (*set_context)(Handle);
  Result (*load_module)(Handle *, const void *);
  Result (*unload_module)(Handle);
  Result (*get_function)(Handle *, Handle, const char *);
  Result (*create_stream)(Handle *, unsigned);
  Result (*destroy_stream)(Handle);
  Result (*synchronize_stream)(Handle);
  Result (*add_callback)(Handle, void (*)(Handle, Result, void *), void *, unsigned);
  Result (*allocate)(Address *, size_t, Handle);
  Result (*release)(Address, Handle);
  Result (*allocate_host)(void **, size_t, unsigned);
  Result (*release_host)(void *);
  Result (*upload)(Address, const void *, size_t, Handle);
  Result (*download)(void *, Address, size_t, Handle);
  Result (*launch)(Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle, void **, void **);

  std::string problem;

  // The library of the process, with `problem` set where CUDA cannot be used.
  static const Library &get() {
    static const Library library;
    return library;
  }

 private:
  Library() {
#if defined(_WIN32)
    const HMODULE handle = LoadLibraryA("nvcuda.dll");
    const auto find = [&](const char *name) { return reinterpret_cast<void *>(GetProcAddress(handle, name)); };
#else
    void *const handle = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    const auto find = [&](const char *name) { return dlsym(handle, name); };
#endif
    if (!handle) {
      problem = "the NVIDIA driver is not installed";
      return;
    }
    const auto bind = [&](auto &function, const char *name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(find(name));
      if (!function && problem.empty()) problem = std::string("the NVIDIA driver is too old: it has no ") + name;
    };
    bind(init, "cuInit");
    bind(version, "cuDriverGetVersion");
    bind(error_string, "cuGetErrorString");
    bind(device_count, "cuDeviceGetCount");
    bind(device_get, "cuDeviceGet");
    bind(device_name, "cuDeviceGetName");
    bind(device_memory, "cuDeviceTotalMem_v2");
    bind(device_attribute, "cuDeviceGetAttribute");
    bind(default_pool, "cuDeviceGetDefaultMemPool");
    bind(set_pool, "cuMemPoolSetAttribute");
    bind(retain_context, "cuDevicePrimaryCtxRetain");
    bind(release_context, "cuDevicePrimaryCtxRelease_v2");
    bind(set_context, "cuCtxSetCurrent");
    bind(load_module, "cuModuleLoadData");
    bind(unload_module, "cuModuleUnload");
    bind(get_function, "cuModuleGetFunction");
    bind(create_stream, "cuStreamCreate");
    bind(destroy_stream, "cuStreamDestroy_v2");
    bind(synchronize_stream, "cuStreamSynchronize");
    bind(add_callback, "cuStreamAddCallback");
    bind(allocate, "cuMemAllocAsync");
    bind(release, "cuMemFreeAsync");
    bind(allocate_host, "cuMemHostAlloc");
    bind(release_host, "cuMemFreeHost");
    bind(upload, "cuMemcpyHtoDAsync_v2");
    bind(download, "cuMemcpyDtoHAsync_v2");
    bind(launch, "cuLaunchKernel");
    if (!problem.empty()) return;
    if (const Result result = init(0)) problem = "the NVIDIA driver does not start: " + describe(result);
    int count = 0;
    if (problem.empty() && (device_count(&count) != 0 || count == 0)) problem = "the NVIDIA driver has no device";
  }

 public:
  std::string describe(Result result) const {
    const char *text = nullptr;
    error_string(result, &text);
    return text ? text : "error " + std::to_string(result);
  }
};

class CudaDriver final : public Driver {
 public:
  explicit CudaDriver(int index) : cuda_(Library::get()) {
    if (!cuda_.problem.empty()) throw DriverError(cuda_.problem, false);
    int count = 0;
    check(cuda_.device_count(&count), "cuDeviceGetCount");
    if (index < 0 || index >= count) throw DriverError("there is no CUDA device " + std::to_string(index) + " of " + std::to_string(count), false);
    check(cuda_.device_get(&device_, index), "cuDeviceGet");
    if (attribute(major_attribute) * 10 + attribute(minor_attribute) < oldest_major * 10 + oldest_minor)
      throw DriverError("the device is older than compute capability 7.5", false);
    if (!attribute(pools_attribute)) throw DriverError("the device or its driver has no memory pools", false);
    read_facts();
    check(cuda_.retain_context(&context_, device_), "cuDevicePrimaryCtxRetain");
    try {
      enter();
      Handle pool;
      unsigned long long kept = kept_device_bytes;
      check(cuda_.default_pool(&pool, device_), "cuDeviceGetDefaultMemPool");
      check(cuda_.set_pool(pool, release_threshold_attribute, &kept), "cuMemPoolSetAttribute");
      check(cuda_.load_module(&module_, fatbin()), "cuModuleLoadData");
      check(cuda_.create_stream(&stream_, non_blocking_stream), "cuStreamCreate");
    } catch (...) {
      close();
      throw;
    }
  }

  ~CudaDriver() override {
    cuda_.set_context(context_);
    cuda_.synchronize_stream(stream_);
    for (const auto &[bytes, memory] : idle_) cuda_.release_host(memory);
    close();
  }

  const DeviceFacts &facts() const override { return facts_; }

  void *allocate(size_t bytes) override {
    enter();
    Address address = 0;
    check(cuda_.allocate(&address, bytes, stream_), "cuMemAllocAsync");
    return reinterpret_cast<void *>(address);
  }
  void release(void *memory) override {
    cuda_.set_context(context_);
    cuda_.release(reinterpret_cast<Address>(memory), stream_);
  }

  // Pinning takes longer than most calls, so blocks are kept.
  void *allocate_pinned(size_t bytes) override {
    const auto found = idle_.lower_bound(bytes);
    if (found != idle_.end() && found->first <= 2 * bytes + 4096) {
      void *const memory = found->second;
      idle_bytes_ -= found->first;
      busy_[memory] = found->first;
      idle_.erase(found);
      return memory;
    }
    enter();
    void *memory = nullptr;
    check(cuda_.allocate_host(&memory, bytes, portable_and_mapped), "cuMemHostAlloc");
    busy_[memory] = bytes;
    return memory;
  }
  void release_pinned(void *memory) override {
    const auto found = busy_.find(memory);
    const size_t bytes = found->second;
    busy_.erase(found);
    if (idle_bytes_ + bytes <= kept_pinned_bytes) {
      idle_.emplace(bytes, memory);
      idle_bytes_ += bytes;
    } else {
      cuda_.set_context(context_);
      cuda_.release_host(memory);
    }
  }

  void upload(void *device, const void *host, size_t bytes) override {
    enter();
    check(cuda_.upload(reinterpret_cast<Address>(device), host, bytes, stream_), "cuMemcpyHtoDAsync");
  }
  void download(void *host, const void *device, size_t bytes) override {
    enter();
    check(cuda_.download(host, reinterpret_cast<Address>(device), bytes, stream_), "cuMemcpyDtoHAsync");
  }

  void launch(const char *kernel, unsigned blocks, unsigned threads, size_t shared_bytes, const void *argument, size_t) override {
    enter();
    Handle &function = functions_[kernel];
    if (!function) check(cuda_.get_function(&function, module_, kernel), kernel);
    void *arguments[] = {const_cast<void *>(argument)};
    check(cuda_.launch(function, blocks, 1, 1, threads, 1, 1, unsigned(shared_bytes), stream_, arguments, nullptr), kernel);
  }

  void notify(void (*done)(void *, const char *), void *context) override {
    struct Notice {
      void (*done)(void *, const char *);
      void *context;
    };
    enter();
    Notice *const notice = new Notice{done, context};
    const auto deliver = [](Handle, Result result, void *data) {
      const Notice notice = *static_cast<Notice *>(data);
      delete static_cast<Notice *>(data);
      notice.done(notice.context, result ? Library::get().describe(result).c_str() : nullptr);
    };
    const Result result = cuda_.add_callback(stream_, deliver, notice, 0);
    if (result) delete notice;
    check(result, "cuStreamAddCallback");
  }

  void synchronize() override {
    enter();
    check(cuda_.synchronize_stream(stream_), "cuStreamSynchronize");
  }

 private:
  void check(Result result, const char *what) const {
    if (result) throw DriverError(std::string(what) + ": " + cuda_.describe(result), result == out_of_memory);
  }
  void enter() { check(cuda_.set_context(context_), "cuCtxSetCurrent"); }
  int attribute(int which) const {
    int value = 0;
    check(cuda_.device_attribute(&value, which, device_), "cuDeviceGetAttribute");
    return value;
  }

  void read_facts() {
    char name[256] = "";
    size_t bytes = 0;
    int version = 0;
    check(cuda_.device_name(name, sizeof name, device_), "cuDeviceGetName");
    check(cuda_.device_memory(&bytes, device_), "cuDeviceTotalMem");
    check(cuda_.version(&version), "cuDriverGetVersion");
    facts_ = {name, std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10), int64_t(bytes), attribute(shared_attribute),
              attribute(processors_attribute)};
  }

  void close() {
    if (stream_) cuda_.destroy_stream(stream_);
    if (module_) cuda_.unload_module(module_);
    cuda_.release_context(device_);
  }

  const Library &cuda_;
  int device_ = 0;
  DeviceFacts facts_;
  Handle context_ = nullptr, module_ = nullptr, stream_ = nullptr;
  std::map<std::string, Handle> functions_;
  std::multimap<size_t, void *> idle_;  // pinned
  std::map<void *, size_t> busy_;
  size_t idle_bytes_ = 0;
};

}  // namespace

std::string cuda_problem() { return Library::get().problem; }
std::unique_ptr<Driver> open_cuda(int device) { return std::make_unique<CudaDriver>(device); }

}  // namespace sig_cuda
