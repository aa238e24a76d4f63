// When two tensors are the same memory read the same way: names for one thing.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "sandbox/loader/tensor.h"

namespace pratique::api {

/// An order on tensors in which equal means: the same elements of the same place.
struct SameElements {
    bool operator()(const loader::Tensor* a, const loader::Tensor* b) const {
        return key(*a) < key(*b);
    }

private:
    using Numbers = std::vector<std::uint64_t>;
    using Key = std::tuple<std::uint32_t, std::uint64_t, loader::Layout, bool, bool, std::uint64_t,
                           std::string_view, const Numbers&, const Numbers&>;

    static Key key(const loader::Tensor& t) {
        return {t.source,      t.offset,       t.layout, t.conj,   t.neg,
                t.dtype.bytes, t.dtype.name(), t.shape,  t.strides};
    }
};

}  // namespace pratique::api
