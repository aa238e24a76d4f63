#include "signing/keys/ecdsa.h"

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

namespace pratique::signing::ecdsa {
namespace {

using namespace std::string_view_literals;

constexpr std::array kCurves{
    Curve{KeyType::p256, NID_X9_62_prime256v1, "P-256", "SHA256",
          "\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, 32, 0xff},
    Curve{KeyType::p384, NID_secp384r1, "P-384", "SHA384", "\x2b\x81\x04\x00\x22"sv, 48, 0xff},
    Curve{KeyType::p521, NID_secp521r1, "P-521", "SHA512", "\x2b\x81\x04\x00\x23"sv, 66, 0x01},
};

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }

EcGroup group_of(const Curve& curve) {
    EcGroup group(EC_GROUP_new_by_curve_name(curve.number));
    must(group != nullptr);
    return group;
}

std::vector<std::byte> uncompressed(const Curve& curve, const EC_GROUP* group,
                                    const EC_POINT* point) {
    std::vector<std::byte> out(1 + 2 * curve.width);
    must(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, raw_writable(out),
                            out.size(), nullptr) == out.size());
    return out;
}

/// The number, if it is a private key: at least 1, and below the order of the curve.
BigNumber scalar_of(const EC_GROUP* group, Bytes scalar) {
    BigNumber number(BN_bin2bn(raw(scalar), static_cast<int>(scalar.size()), nullptr));
    must(number != nullptr);
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    const bool good =
        BN_is_zero(number.get()) == 0 && BN_ucmp(number.get(), EC_GROUP_get0_order(group)) < 0;
    return good ? std::move(number) : nullptr;
}

}  // namespace

const Curve* find(KeyType type) {
    const auto* found = std::find_if(kCurves.begin(), kCurves.end(),
                                     [&](const Curve& curve) { return curve.type == type; });
    return found == kCurves.end() ? nullptr : found;
}

const Curve* find(Bytes id) {
    const auto* found = std::find_if(kCurves.begin(), kCurves.end(),
                                     [&](const Curve& curve) { return curve.id == text(id); });
    return found == kCurves.end() ? nullptr : found;
}

Judged<std::vector<std::byte>> canonical(const Curve& curve, Bytes point) {
    const CleanErrorQueue errors;
    const unsigned form = point.empty() ? 0 : std::to_integer<unsigned>(point.front());
    const bool whole = form == 4 && point.size() == 1 + 2 * curve.width;
    const bool compressed = (form == 2 || form == 3) && point.size() == 1 + curve.width;
    if (!whole && !compressed) return bad("not a point of its curve");
    const EcGroup group = group_of(curve);
    const EcPoint parsed(EC_POINT_new(group.get()));
    must(parsed != nullptr);
    // Looks whether the equation of the curve holds; the curves have no points of small order.
    if (EC_POINT_oct2point(group.get(), parsed.get(), raw(point), point.size(), nullptr) != 1) {
        return bad("not a point of its curve");
    }
    return uncompressed(curve, group.get(), parsed.get());
}

Judged<std::vector<std::byte>> public_point(const Curve& curve, Bytes scalar) {
    const CleanErrorQueue errors;
    const EcGroup group = group_of(curve);
    const BigNumber number = scalar_of(group.get(), scalar);
    if (number == nullptr) return bad("a private key out of the range of its curve");
    const EcPoint point(EC_POINT_new(group.get()));
    const BigNumberContext context(BN_CTX_secure_new());
    must(point != nullptr && context != nullptr);
    must(EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, context.get()) ==
         1);
    return uncompressed(curve, group.get(), point.get());
}

Secret generate(const Curve& curve) {
    const CleanErrorQueue errors;
    start_sodium();
    const EcGroup group = group_of(curve);
    Secret scalar(curve.width);
    do {
        randombytes_buf(scalar.writable().data(), scalar.size());
        scalar.writable().front() &= std::byte{static_cast<std::uint8_t>(curve.top_mask)};
    } while (scalar_of(group.get(), scalar.bytes()) == nullptr);
    return scalar;
}

EvpKey make_key(const Curve& curve, Bytes point, Bytes scalar) {
    const CleanErrorQueue errors;
    // OpenSSL wants the number with its bytes in the machine's order, and all of it writable.
    Secret number(scalar);
    std::reverse(number.writable().begin(), number.writable().end());
    static_assert(std::endian::native == std::endian::little);
    std::string name(curve.name);
    std::vector<std::byte> octets(point.begin(), point.end());
    std::array<OSSL_PARAM, 4> params{};
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), 0);
    params[1] =
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size());
    params[2] = number.empty()
                    ? OSSL_PARAM_construct_end()
                    : OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY,
                                              raw_writable(number.writable()), number.size());
    params[3] = OSSL_PARAM_construct_end();
    const int selection = number.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    must(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
    EVP_PKEY* made = nullptr;
    must(EVP_PKEY_fromdata(context.get(), &made, selection, params.data()) == 1);
    return EvpKey(made);
}

bool verify(const Curve& curve, EVP_PKEY* key, Bytes message, Bytes signature) {
    const CleanErrorQueue errors;
    const EvpDigestContext context(EVP_MD_CTX_new());
    must(context != nullptr);
    must(EVP_DigestVerifyInit_ex(context.get(), nullptr, curve.digest, nullptr, nullptr, key,
                                 nullptr) == 1);
    return EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                            message.size()) == 1;
}

std::vector<std::byte> sign(const Curve& curve, EVP_PKEY* key, Bytes message) {
    const CleanErrorQueue errors;
    const EvpDigestContext context(EVP_MD_CTX_new());
    must(context != nullptr);
    must(EVP_DigestSignInit_ex(context.get(), nullptr, curve.digest, nullptr, nullptr, key,
                               nullptr) == 1);
    std::size_t size = 0;
    must(EVP_DigestSign(context.get(), nullptr, &size, raw(message), message.size()) == 1);
    std::vector<std::byte> out(size);
    must(EVP_DigestSign(context.get(), raw_writable(out), &size, raw(message), message.size()) ==
         1);
    out.resize(size);
    return out;
}

}  // namespace pratique::signing::ecdsa
