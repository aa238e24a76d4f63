// Compressed inputs for tests, made by the libraries' own encoders.
#pragma once

#include <bzlib.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>

namespace pratique::encode {

inline std::string deflated(const std::string& data, int window_bits) {
    z_stream s{};
    BOOST_REQUIRE(deflateInit2(&s, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&s, data.size()) + 64, '\0');
    s.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    s.avail_in = static_cast<uInt>(data.size());
    s.next_out = reinterpret_cast<Bytef*>(out.data());
    s.avail_out = static_cast<uInt>(out.size());
    BOOST_REQUIRE(deflate(&s, Z_FINISH) == Z_STREAM_END);
    out.resize(s.total_out);
    deflateEnd(&s);
    return out;
}

inline std::string gzip(const std::string& data) { return deflated(data, 15 + 16); }
inline std::string zlib(const std::string& data) { return deflated(data, 15); }
inline std::string raw_deflate(const std::string& data) { return deflated(data, -15); }

inline std::string bzip2(const std::string& data) {
    std::string out(data.size() + data.size() / 50 + 1024, '\0');
    auto size = static_cast<unsigned>(out.size());
    BOOST_REQUIRE(BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(data.data()),
                                           static_cast<unsigned>(data.size()), 1, 0, 0) == BZ_OK);
    out.resize(size);
    return out;
}

inline std::string encoded(lzma_stream s, const std::string& data) {
    std::string out(2 * data.size() + 1024, '\0');
    s.next_in = reinterpret_cast<const std::uint8_t*>(data.data());
    s.avail_in = data.size();
    s.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    s.avail_out = out.size();
    BOOST_REQUIRE(lzma_code(&s, LZMA_FINISH) == LZMA_STREAM_END);
    out.resize(s.total_out);
    lzma_end(&s);
    return out;
}

inline lzma_options_lzma small_options() {
    lzma_options_lzma options;
    lzma_lzma_preset(&options, 1);
    options.dict_size = 1U << 16;
    return options;
}

inline std::string xz(const std::string& data) {
    lzma_stream s = LZMA_STREAM_INIT;
    BOOST_REQUIRE(lzma_easy_encoder(&s, 1, LZMA_CHECK_CRC32) == LZMA_OK);
    return encoded(s, data);
}

inline std::string lzma(const std::string& data) {
    lzma_stream s = LZMA_STREAM_INIT;
    const lzma_options_lzma options = small_options();
    BOOST_REQUIRE(lzma_alone_encoder(&s, &options) == LZMA_OK);
    return encoded(s, data);
}

// zip's header in front of the same raw stream: it ends with a marker.
inline std::string zip_lzma(const std::string& data) {
    const std::string alone = lzma(data);
    return std::string("\x09\x14\x05\x00", 4) + alone.substr(0, 5) + alone.substr(13);
}

inline std::string zstd(const std::string& data) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    std::string out(ZSTD_compressBound(data.size()), '\0');
    out.resize(ZSTD_compress2(context, out.data(), out.size(), data.data(), data.size()));
    ZSTD_freeCCtx(context);
    return out;
}

inline std::string lz4(const std::string& data) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    std::string out(LZ4F_compressFrameBound(data.size(), &preferences), '\0');
    out.resize(LZ4F_compressFrame(out.data(), out.size(), data.data(), data.size(), &preferences));
    return out;
}

inline std::string le32(std::uint32_t value) {
    std::string out;
    for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
}

inline std::string lz4_legacy(const std::string& data) {
    std::string block(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(data.size()))),
                      '\0');
    block.resize(static_cast<std::size_t>(LZ4_compress_default(
        data.data(), block.data(), static_cast<int>(data.size()), static_cast<int>(block.size()))));
    return "\x02\x21\x4c\x18" + le32(static_cast<std::uint32_t>(block.size())) + block;
}

inline std::string skippable(const std::string& content) {
    return "\x53\x2a\x4d\x18" + le32(static_cast<std::uint32_t>(content.size())) + content;
}

}  // namespace pratique::encode
