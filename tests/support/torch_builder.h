// torch's zip checkpoints for tests: a pickle made of opcodes, and storages beside it.
#pragma once

#include "pickle_builder.h"
#include "zip_builder.h"

namespace pratique::test {

/// A persistent id of a storage, and what it stands for.
inline std::string storage(const std::string& type, const std::string& key, std::uint32_t numel,
                           const std::string& module = "torch") {
    return tuple(str("storage"), global(module, type), str(key), str("cpu"), num(numel)) + "Q";
}

inline std::string numbers(std::initializer_list<std::uint32_t> all) {
    std::string out = "(";
    for (const std::uint32_t number : all) out += num(number);
    return out + "t";
}

inline const std::string kHooks = call(global("collections", "OrderedDict"));

/// _rebuild_tensor_v2 of a storage.
inline std::string tensor(const std::string& of, std::uint32_t offset,
                          std::initializer_list<std::uint32_t> size,
                          std::initializer_list<std::uint32_t> stride,
                          const std::string& metadata = "") {
    return call(global("torch._utils", "_rebuild_tensor_v2"), of, num(offset), numbers(size),
                numbers(stride), std::string("\x89"), kHooks, metadata);
}

/// A float tensor of one dimension that is all of its storage.
inline std::string row(const std::string& key, std::uint32_t count) {
    return tensor(storage("FloatStorage", key, count), 0, {count}, {1});
}

class TorchZip {
public:
    explicit TorchZip(const std::string& body, int protocol = 2) {
        zip_.add("archive/data.pkl", pickled(body, protocol));
    }
    TorchZip& add(const std::string& name, const std::string& data) {
        zip_.add("archive/" + name, data);
        return *this;
    }
    TorchZip& storage(const std::string& key, const std::string& data) {
        return add("data/" + key, data);
    }
    std::string build() { return zip_.build(); }

private:
    ZipBuilder zip_;
};

}  // namespace pratique::test
