// Storages whose numbers stand in the pickle itself: FloatStorage([0.5, 0.25]), as pickle.dump()
// wrote tensors before PyTorch 0.4.
#pragma once

#include "sandbox/loader/pickle/values.h"

namespace pratique::loader {

class LiteralStorages final : public Storages {
public:
    explicit LiteralStorages(Load& load) : load_(load) {}

    /// Writes the numbers of `list` to the output as elements of `scalar`. Errors: wrong_type (not
    /// a list of numbers), unsupported (a type that has no such numbers).
    Result<Storage> add(const Graph& graph, pickle::Value list, Scalar scalar, std::uint64_t at);

    Result<StoragePlace> place(const Storage& storage, std::uint64_t bytes,
                               std::uint64_t unit) override;

private:
    Load& load_;
    std::vector<std::uint64_t> offsets_;
};

}  // namespace pratique::loader
