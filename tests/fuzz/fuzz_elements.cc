// Whatever a tensor claims: without an error, its pieces are as many bytes as it stands for.
#include <algorithm>
#include <cstdlib>

#include "api/elements.h"
#include "base/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    Reader in(std::as_bytes(std::span(data, size)));
    const auto next = [&](std::uint64_t most) {
        const auto value = in.le<std::uint16_t>();
        return !value ? 0 : *value >= 0xff00 ? UINT64_MAX - *value : *value % most;
    };
    loader::Tensor tensor;
    const std::uint64_t kind = next(60);
    tensor.dtype = kind < 44 ? loader::Dtype(static_cast<loader::Scalar>(kind))
                             : loader::Dtype::other("void", next(40), kind % 3 == 0 ? 2 : 1);
    tensor.offset = next(200);
    tensor.conj = next(2) == 1;
    tensor.neg = next(2) == 1;
    const std::uint64_t rank = std::min<std::uint64_t>(next(6), 80);
    for (std::uint64_t i = 0; i < rank; ++i) tensor.shape.push_back(next(20));
    const bool strided = next(2) == 1;
    for (std::uint64_t i = 0; strided && i < rank; ++i) tensor.strides.push_back(next(40));
    std::uint64_t got = 0;
    const Status done = api::for_each_piece(tensor, in.rest(), [&](Bytes piece) {
        got += piece.size();
        return got > 64'000'000 ? Status(Error{Errc::limit_bytes, 0}) : Status{};
    });
    if (done && got != *tensor.logical_bytes()) std::abort();
    return 0;
}
