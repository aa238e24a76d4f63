#include "api/elements.h"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>

#include "api/tensor_digest.h"
#include "base/digest.h"
#include "base/gather.h"

using namespace pratique;
using namespace pratique::api;
using loader::Dtype;
using loader::Scalar;
using loader::Tensor;

namespace {

std::vector<std::byte> noise(std::size_t size) {
    std::mt19937_64 random(3);
    std::vector<std::byte> out(size);
    for (std::byte& byte : out) byte = static_cast<std::byte>(random());
    return out;
}

std::vector<std::byte> all(const Tensor& tensor, Bytes source) {
    std::vector<std::byte> out;
    const Status done = for_each_piece(tensor, source, [&](Bytes piece) {
        BOOST_TEST(!piece.empty());
        BOOST_TEST(piece.size() <= std::max<std::size_t>(kPiece, tensor.dtype.bytes));
        out.insert(out.end(), piece.begin(), piece.end());
        return Status{};
    });
    BOOST_REQUIRE_MESSAGE(done, (done ? "" : name(done.error().code)));
    return out;
}

/// The definition of a strided array, one element at a time.
std::vector<std::byte> naive(const Tensor& tensor, Bytes source) {
    std::vector<std::byte> out;
    const std::uint64_t count = *tensor.count();
    for (std::uint64_t i = 0; i < count; ++i) {
        std::uint64_t rest = i;
        std::uint64_t at = 0;
        for (std::size_t d = tensor.shape.size(); d-- > 0;) {
            at += rest % tensor.shape[d] * tensor.strides[d];
            rest /= tensor.shape[d];
        }
        const Bytes element =
            source.subspan(tensor.offset + at * tensor.dtype.bytes, tensor.dtype.bytes);
        out.insert(out.end(), element.begin(), element.end());
    }
    return out;
}

Tensor tensor_of(Dtype dtype, std::vector<std::uint64_t> shape,
                 std::vector<std::uint64_t> strides = {}, std::uint64_t offset = 0) {
    Tensor out;
    out.dtype = std::move(dtype);
    out.shape = std::move(shape);
    out.strides = std::move(strides);
    out.offset = offset;
    return out;
}

template <class T>
std::vector<T> values(const std::vector<std::byte>& bytes) {
    std::vector<T> out(bytes.size() / sizeof(T));
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

std::optional<Errc> error_of(const Tensor& tensor, Bytes source) {
    const Status done = for_each_piece(tensor, source, [](Bytes) { return Status{}; });
    return done ? std::nullopt : std::optional(done.error().code);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(elements)

BOOST_AUTO_TEST_CASE(random_strides_give_what_the_definition_gives) {
    std::mt19937 random(11);
    const auto pick = [&](unsigned most) { return std::uint64_t{random() % (most + 1)}; };
    const std::vector<std::byte> source = noise(400'000);
    constexpr auto kUnits = std::to_array<std::uint64_t>({1, 2, 3, 4, 8, 12, 16, 40});
    unsigned walked = 0;
    for (unsigned round = 0; round < 3000; ++round) {
        Tensor tensor = tensor_of(Dtype::other("void", kUnits[pick(7)]), {}, {}, pick(100));
        const std::size_t rank = pick(5);
        for (std::size_t d = 0; d < rank; ++d) {
            tensor.shape.push_back(pick(7));
            tensor.strides.push_back(pick(2) == 0 ? pick(3) : pick(60));
        }
        if (rank == 0) tensor.shape = {1}, tensor.strides = {pick(9)};
        if (!check_place(tensor, source.size())) continue;
        ++walked;
        BOOST_TEST_CONTEXT("round " << round)
        BOOST_TEST(all(tensor, source) == naive(tensor, source));
    }
    BOOST_TEST(walked > 2000);
}

BOOST_AUTO_TEST_CASE(pieces_end_where_the_buffer_does) {
    const std::vector<std::byte> source = noise(6 * kPiece);
    const auto check = [&](const Tensor& tensor) {
        BOOST_TEST((all(tensor, source) == naive(tensor, source)));
    };
    // A transposed matrix, rows that are longer than the buffer, a row that is nearly as long.
    check(tensor_of(Scalar::float32, {1000, 1501}, {1, 1000}, 8));
    check(tensor_of(Scalar::uint8, {2, 2'000'000}, {1, 2}, 1));
    check(tensor_of(Scalar::float64, {3, 100'000}, {1, 3}));
    check(tensor_of(Scalar::int16, {4, 5, 70'000}, {1, 4, 20}));
    check(tensor_of(Scalar::float32, {3, 400'000}, {0, 2}));
}

BOOST_AUTO_TEST_CASE(what_is_in_order_is_handed_out_in_place) {
    const std::vector<std::byte> source = noise(3 * kPiece);
    const Tensor tensor = tensor_of(Scalar::float32, {2, 300'000}, {300'000, 1}, 64);
    const Bytes whole = **in_place(tensor, source);
    BOOST_TEST(whole.data() == &source[64]);
    BOOST_TEST(whole.size() == 2'400'000U);
    std::size_t at = 64;
    BOOST_TEST(bool(for_each_piece(tensor, source, [&](Bytes piece) {
        BOOST_TEST(piece.data() == &source[at]);
        at += piece.size();
        return Status{};
    })));
    BOOST_TEST(at == 64 + whole.size());
    BOOST_TEST(!in_place(tensor_of(Scalar::float32, {2, 2}, {1, 2}), source)->has_value());
    // Dimensions of one element have any stride.
    BOOST_TEST(in_place(tensor_of(Scalar::uint8, {1, 4}, {99, 1}), source)->has_value());
}

BOOST_AUTO_TEST_CASE(conjugates_and_negatives_are_carried_out) {
    const std::vector<float> floats{1, 2, -3, 4};
    Tensor complex = tensor_of(Scalar::complex64, {2});
    complex.conj = true;
    BOOST_TEST(values<float>(all(complex, bytes_of(floats))) ==
               (std::vector<float>{1, -2, -3, -4}));
    complex.neg = true;
    BOOST_TEST(values<float>(all(complex, bytes_of(floats))) == (std::vector<float>{-1, 2, 3, 4}));
    complex.conj = false;
    BOOST_TEST(values<float>(all(complex, bytes_of(floats))) ==
               (std::vector<float>{-1, -2, 3, -4}));
    Tensor real = tensor_of(Scalar::float32, {2}, {2});
    real.neg = real.conj = true;
    BOOST_TEST(values<float>(all(real, bytes_of(floats))) == (std::vector<float>{-1, 3}));
    const std::vector<std::int32_t> integers{0, 1, -256, INT32_MIN};
    Tensor whole = tensor_of(Scalar::int32, {4});
    whole.neg = true;
    BOOST_TEST(values<std::int32_t>(all(whole, bytes_of(integers))) ==
               (std::vector<std::int32_t>{0, -1, 256, INT32_MIN}));
    Tensor truth = tensor_of(Scalar::boolean, {4});
    truth.neg = true;
    BOOST_TEST((error_of(truth, bytes_of(integers)) == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(wrong_places_are_errors) {
    const std::vector<std::byte> source(100);
    BOOST_TEST((error_of(tensor_of(Scalar::float32, {26}), source) == Errc::view_out_of_bounds));
    BOOST_TEST(
        (error_of(tensor_of(Scalar::float32, {1}, {}, 97), source) == Errc::view_out_of_bounds));
    BOOST_TEST(
        (error_of(tensor_of(Scalar::uint8, {2, 2}, {98, 2}), source) == Errc::view_out_of_bounds));
    BOOST_TEST(
        (error_of(tensor_of(Scalar::uint8, {1ULL << 40, 1ULL << 40}), source) == Errc::overflow));
    BOOST_TEST((error_of(tensor_of(Scalar::uint8, {4}, {1, 1}), source) == Errc::rank_mismatch));
    BOOST_TEST(!error_of(tensor_of(Scalar::uint8, {2, 2}, {97, 2}), source).has_value());
    BOOST_TEST(!error_of(tensor_of(Scalar::float32, {0, 1ULL << 62}, {}, 100), source).has_value());
}

BOOST_AUTO_TEST_CASE(an_error_of_the_sink_ends_the_walk) {
    const std::vector<std::byte> source(5 * kPiece);
    for (const auto& strides : {std::vector<std::uint64_t>{}, {2}}) {
        unsigned calls = 0;
        const Status done =
            for_each_piece(tensor_of(Scalar::uint8, {2 * kPiece}, strides), source, [&](Bytes) {
                ++calls;
                return Status{Error{Errc::io, 7}};
            });
        BOOST_TEST(!done);
        BOOST_TEST(calls == 1U);
    }
}

BOOST_AUTO_TEST_CASE(gather_reads_nothing_beyond_its_block) {
    const std::vector<std::byte> source = noise(64);
    std::vector<std::byte> out(8);
    BOOST_TEST(bool(gather(out, source, 56, {2, 4, 4, 1}, 1)));
    BOOST_TEST(
        (gather(out, source, 57, {2, 4, 4, 1}, 1).error() == Error{Errc::out_of_bounds, 57}));
    BOOST_TEST((gather(out, source, 0, {2, UINT64_MAX, 4, 1}, 1).error().code == Errc::overflow));
    BOOST_TEST((gather(out, source, 0, {2, 4, 5, 1}, 1).error().code == Errc::size_mismatch));
}

BOOST_AUTO_TEST_CASE(digests_are_of_the_elements) {
    const std::vector<std::byte> source = noise(4 * kPiece);
    std::vector<Tensor> tensors;
    for (std::uint64_t i = 0; i < 40; ++i) {
        tensors.push_back(tensor_of(Scalar::float32, {50 + i, 600}, {1, 50 + i}, i * 128));
    }
    tensors.push_back(tensors[3]);
    tensors.push_back(tensor_of(Scalar::float32, {0}));
    Tensor sparse = tensor_of(Scalar::float32, {9, 9});
    sparse.layout = loader::Layout::sparse_coo;
    sparse.components = {tensors[0], tensors[1]};
    tensors.push_back(sparse);
    const auto pointers = collect(tensors);
    BOOST_TEST(pointers.size() == tensors.size() + 2);
    const auto digests = tensor_digests(pointers, [&](std::uint32_t) { return Bytes(source); });
    BOOST_REQUIRE(bool(digests));
    for (std::size_t i = 0; i < pointers.size(); ++i) {
        const Tensor& tensor = *pointers[i];
        const auto wanted = tensor.has_data()
                                ? sha256_hex(tensor.strides.empty() ? std::vector<std::byte>{}
                                                                    : naive(tensor, source))
                                : "";
        BOOST_TEST((*digests)[i] == wanted);
    }
    Tensor outside = tensor_of(Scalar::uint8, {1}, {}, source.size());
    const std::vector<const Tensor*> bad{&tensors[0], &outside};
    BOOST_TEST(!tensor_digests(bad, [&](std::uint32_t) { return Bytes(source); }));
}

BOOST_AUTO_TEST_SUITE_END()
