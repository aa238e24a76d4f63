#include "formats/archive/codec.h"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "encoders.h"

using namespace pratique;
using namespace pratique::encode;
using archive::Codec;
using archive::inflate;
using archive::Inflated;
using archive::InflateLimits;
using archive::recognise;

namespace {

constexpr InflateLimits kPlenty{.bytes = 64 * kMiB, .ratio = 10'000, .ratio_floor = kMiB};

struct Row {
    Codec codec;
    std::function<std::string(const std::string&)> encode;
    bool has_magic;
    bool has_checksum;
};

const std::vector<Row>& rows() {
    static const std::vector<Row> all{{Codec::gzip, gzip, true, true},
                                      {Codec::zlib, zlib, true, true},
                                      {Codec::bzip2, bzip2, true, true},
                                      {Codec::xz, xz, true, true},
                                      {Codec::lzma, lzma, true, false},
                                      {Codec::zstd, zstd, true, true},
                                      {Codec::lz4, lz4, true, true},
                                      {Codec::lz4_legacy, lz4_legacy, true, false},
                                      {Codec::deflate, raw_deflate, false, false},
                                      {Codec::zip_lzma, zip_lzma, false, false}};
    return all;
}

// Compresses to about a third, with no long run of the same.
std::string sample(std::size_t size) {
    std::string out;
    std::uint32_t state = 1;
    while (out.size() < size) {
        state = state * 1664525U + 1013904223U;
        out += std::to_string(state >> 12) + (state % 3 == 0 ? " weight " : ",");
    }
    out.resize(size);
    return out;
}

std::string str(const Inflated& result) { return std::string(text(result.bytes)); }

Errc code_of(const Inflated& result) {
    BOOST_REQUIRE(result.error.has_value());
    return result.error->code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(every_codec_gives_back_what_was_encoded) {
    for (const std::size_t size : {1UL, 300UL, 65536UL, 3'000'000UL}) {
        const std::string data = sample(size);
        for (const Row& row : rows()) {
            BOOST_TEST_CONTEXT(archive::name(row.codec) << " of " << size) {
                const std::string packed = row.encode(data);
                const Inflated result = inflate(row.codec, as_bytes(packed), kPlenty);
                BOOST_TEST(!result.error);
                BOOST_TEST((str(result) == data));
                BOOST_TEST(result.consumed == packed.size());
                BOOST_TEST(result.members == 1U);
                const auto found = recognise(as_bytes(packed));
                BOOST_TEST((found == (row.has_magic ? std::optional(row.codec) : std::nullopt)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(members_follow_one_another) {
    const std::string a = sample(2000);
    const std::string b = "second";
    const std::string zeros(8, '\0');
    struct Chain {
        Codec codec;
        std::string packed;
    };
    const std::vector<Chain> chains{{Codec::gzip, gzip(a) + gzip(b)},
                                    {Codec::gzip, gzip(a) + zeros.substr(0, 5) + gzip(b)},
                                    {Codec::bzip2, bzip2(a) + bzip2(b)},
                                    {Codec::xz, xz(a) + xz(b)},
                                    {Codec::xz, xz(a) + zeros + xz(b)},
                                    {Codec::xz, xz(a) + lzma(b)},
                                    {Codec::zstd, zstd(a) + skippable("hidden") + zstd(b)},
                                    {Codec::lz4, lz4(a) + lz4_legacy(b)},
                                    {Codec::lz4_legacy, lz4_legacy(a) + lz4(b)}};
    for (const Chain& chain : chains) {
        BOOST_TEST_CONTEXT(archive::name(chain.codec) << " of " << chain.packed.size()) {
            const Inflated result = inflate(chain.codec, as_bytes(chain.packed), kPlenty);
            BOOST_TEST(!result.error);
            BOOST_TEST((str(result) == a + b));
            BOOST_TEST(result.members == 2U);
            BOOST_TEST(result.consumed == chain.packed.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_skippable_frame_is_named_and_not_read) {
    const std::string frames = skippable("cos\nsystem\n") + skippable("");
    const std::string packed = frames + lz4("x") + skippable("tail");
    BOOST_TEST((recognise(as_bytes(packed)) == Codec::lz4));
    const Inflated result = inflate(Codec::lz4, as_bytes(packed), kPlenty);
    BOOST_TEST(str(result) == "x");
    BOOST_REQUIRE(result.skipped.size() == 2U);
    BOOST_TEST((result.skipped[0] == archive::Range{0, frames.size()}));
    BOOST_TEST((result.skipped[1] == archive::Range{packed.size() - 12, packed.size()}));

    const Inflated nothing = inflate(Codec::zstd, as_bytes(frames), kPlenty);
    BOOST_TEST(!nothing.error);
    BOOST_TEST(nothing.members == 0U);
    const std::string cut = zstd("x") + skippable("tail").substr(0, 9);
    BOOST_TEST((code_of(inflate(Codec::zstd, as_bytes(cut), kPlenty)) == Errc::truncated));
}

BOOST_AUTO_TEST_CASE(what_starts_no_member_is_left) {
    const std::string data = sample(2000);
    for (const Row& row : rows()) {
        BOOST_TEST_CONTEXT(archive::name(row.codec)) {
            const std::string packed = row.encode(data);
            const Inflated result = inflate(row.codec, as_bytes(packed + "\x7ftrailing"), kPlenty);
            BOOST_TEST(!result.error);
            BOOST_TEST((str(result) == data));
            BOOST_TEST(result.consumed == packed.size());
        }
    }
    // Zeros behind gzip are no member either; behind xz they are padding, in fours.
    const std::string packed = xz("x");
    BOOST_TEST(inflate(Codec::gzip, as_bytes(gzip("x") + std::string(3, '\0')), kPlenty).consumed ==
               gzip("x").size());
    BOOST_TEST(inflate(Codec::xz, as_bytes(packed + std::string(4, '\0')), kPlenty).consumed ==
               packed.size() + 4);
    BOOST_TEST(inflate(Codec::xz, as_bytes(packed + std::string(3, '\0')), kPlenty).consumed ==
               packed.size());
}

BOOST_AUTO_TEST_CASE(every_truncation_is_noticed) {
    const std::string data = sample(1500);
    for (const Row& row : rows()) {
        const std::string packed = row.encode(data);
        for (std::size_t size = 0; size < packed.size(); ++size) {
            // The first legacy block ends nowhere but where its frame may end, too.
            if (row.codec == Codec::lz4_legacy && size == 4) continue;
            const Inflated result = inflate(row.codec, as_bytes(packed).first(size), kPlenty);
            BOOST_TEST_CONTEXT(archive::name(row.codec) << " cut to " << size) {
                BOOST_TEST((code_of(result) == Errc::truncated));
                BOOST_TEST(result.error->offset <= size);
                BOOST_TEST(data.starts_with(str(result)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(damage_is_noticed_or_harmless) {
    const std::string data = sample(700);
    for (const Row& row : rows()) {
        const std::string packed = row.encode(data);
        for (std::size_t at = 0; at < packed.size(); ++at) {
            std::string damaged = packed;
            damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
            const Inflated result = inflate(row.codec, as_bytes(damaged), kPlenty);
            if (!row.has_checksum) continue;  // must not crash, can know no more
            BOOST_TEST_CONTEXT(archive::name(row.codec) << " damaged at " << at) {
                BOOST_TEST((result.error || str(result) == data));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_checksum_keeps_the_bytes) {
    const std::string data = sample(700);
    struct Case {
        Codec codec;
        std::string packed;
        std::size_t from_end;
    };
    for (const Case& row : std::vector<Case>{{Codec::gzip, gzip(data), 8},
                                             {Codec::zlib, zlib(data), 4},
                                             {Codec::zstd, zstd(data), 4},
                                             {Codec::lz4, lz4(data), 4}}) {
        std::string packed = row.packed;
        char& byte = packed[packed.size() - row.from_end];
        byte = static_cast<char>(byte ^ 1);
        const Inflated result = inflate(row.codec, as_bytes(packed), kPlenty);
        BOOST_TEST_CONTEXT(archive::name(row.codec)) {
            BOOST_TEST((code_of(result) == Errc::bad_checksum));
            if (row.codec != Codec::zstd) BOOST_TEST((str(result) == data));
        }
    }
}

BOOST_AUTO_TEST_CASE(another_magic_is_refused) {
    for (const Row& row : rows()) {
        if (!row.has_magic || row.codec == Codec::lzma) continue;
        BOOST_TEST_CONTEXT(archive::name(row.codec)) {
            const Inflated result = inflate(row.codec, as_bytes("PK\3\4 is no stream"), kPlenty);
            BOOST_TEST((code_of(result) == Errc::bad_magic));
        }
    }
}

BOOST_AUTO_TEST_CASE(output_stops_at_the_limit_and_not_before) {
    const std::string data = sample(200'000);
    for (const Row& row : rows()) {
        BOOST_TEST_CONTEXT(archive::name(row.codec)) {
            const std::string packed = row.encode(data);
            InflateLimits limits = kPlenty;
            limits.bytes = data.size();
            BOOST_TEST(!inflate(row.codec, as_bytes(packed), limits).error);
            limits.bytes = data.size() - 1;
            const Inflated result = inflate(row.codec, as_bytes(packed), limits);
            BOOST_TEST((code_of(result) == Errc::limit_bytes));
            BOOST_TEST((str(result) == data.substr(0, data.size() - 1)));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_bomb_stops_soon_after_the_floor) {
    const std::string zeros(6 * kMiB, '\0');
    const InflateLimits limits{.bytes = kGiB, .ratio = 100, .ratio_floor = kMiB};
    for (const Row& row : rows()) {
        BOOST_TEST_CONTEXT(archive::name(row.codec)) {
            const std::string packed = row.encode(zeros);
            const Inflated result = inflate(row.codec, as_bytes(packed), limits);
            BOOST_TEST((code_of(result) == Errc::limit_ratio));
            BOOST_TEST(result.bytes.size() >= kMiB);
            BOOST_TEST(result.bytes.size() <= kMiB + 100 * packed.size() + kMiB);
            // The same ratio below the floor is nothing to worry about.
            const std::string few = row.encode(std::string(kMiB - 1, '\0'));
            BOOST_TEST(!inflate(row.codec, as_bytes(few), limits).error);
        }
    }
}

BOOST_AUTO_TEST_CASE(empty_members_are_counted_too) {
    std::string packed;
    for (int i = 0; i < 11; ++i) packed += bzip2("");
    InflateLimits limits = kPlenty;
    limits.members = 10;
    const Inflated result = inflate(Codec::bzip2, as_bytes(packed), limits);
    BOOST_TEST((code_of(result) == Errc::limit_members));
    BOOST_TEST(result.members == 10U);
    BOOST_TEST(result.error->offset == 140U);
    limits.members = 11;
    BOOST_TEST(!inflate(Codec::bzip2, as_bytes(packed), limits).error);
}

BOOST_AUTO_TEST_CASE(a_huge_dictionary_is_recognised_and_refused) {
    std::string packed = lzma(sample(5000));
    packed.replace(1, 4, le32(1U << 30));
    BOOST_TEST((recognise(as_bytes(packed)) == Codec::lzma));
    const Inflated result = inflate(Codec::lzma, as_bytes(packed), kPlenty);
    BOOST_TEST((code_of(result) == Errc::limit_memory));

    // A zstd frame header with a window of 1 GiB: descriptor 0, window log 10 + 20.
    const std::string frame("\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00", 9);
    BOOST_TEST((code_of(inflate(Codec::zstd, as_bytes(frame), kPlenty)) == Errc::limit_memory));
}

#ifdef LZMA_FILTER_LZMA1EXT
BOOST_AUTO_TEST_CASE(zip_lzma_without_an_end_marker_ends_at_its_size) {
    const std::string data = sample(5000);
    lzma_options_lzma options = small_options();
    options.ext_flags = 0;
    lzma_set_ext_size(options, data.size());
    const std::array<lzma_filter, 2> filters{lzma_filter{LZMA_FILTER_LZMA1EXT, &options},
                                             lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
    lzma_stream s = LZMA_STREAM_INIT;
    BOOST_REQUIRE(lzma_raw_encoder(&s, filters.data()) == LZMA_OK);
    const std::string raw = encoded(s, data);
    const std::string packed = zip_lzma(data).substr(0, 9) + raw;
    InflateLimits limits = kPlenty;
    limits.size = data.size();
    const Inflated result = inflate(Codec::zip_lzma, as_bytes(packed), limits);
    BOOST_TEST(!result.error);
    BOOST_TEST((str(result) == data));
    BOOST_TEST(result.consumed == packed.size());
}
#endif

BOOST_AUTO_TEST_CASE(weak_magics_are_confirmed_by_decoding) {
    using namespace std::string_literals;
    const std::vector<std::string> no_streams{
        ""s,
        "x"s,
        "x\x9c"s,
        "x^2 + y^2 = z^2 is the equation of a cone"s,
        "HKs is no abbreviation that anyone has ever compressed anything for"s,
        "\x78\x9c\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\"}}"s,   // a safetensors header length
        std::string(4096, '\0'),                              // an "empty" .lzma
        "]\0\0\x80\0"s + std::string(8, '\xff') + "\1text"s,  // an .lzma header, then text
        "BZh9 is how the name of some archive may start"s};
    for (const std::string& bytes : no_streams) {
        BOOST_TEST_CONTEXT(bytes.substr(0, 12)) {
            BOOST_TEST(!recognise(as_bytes(bytes)).has_value());
        }
    }
    // Streaming readers hand out the start of a stream that is cut off or damaged later.
    const std::string cut = zlib("cos\nsystem\n(S'true'\ntR.").substr(0, 26);
    BOOST_TEST((recognise(as_bytes(cut)) == Codec::zlib));
    std::string damaged = zlib(sample(9000));
    damaged.replace(damaged.size() / 2, 64, std::string(64, '\xff'));
    BOOST_TEST((recognise(as_bytes(damaged)) == Codec::zlib));
    BOOST_TEST((recognise(as_bytes(lzma("abcdefgh").substr(0, 24))) == Codec::lzma));
    BOOST_TEST((recognise(as_bytes(zlib(""))) == Codec::zlib));
}

BOOST_AUTO_TEST_SUITE_END()
