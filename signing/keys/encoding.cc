#include "signing/keys/encoding.h"

#include "signing/keys/der.h"
#include "signing/keys/ecdsa.h"

namespace pratique::signing {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kEd25519Id = "\x2b\x65\x70"sv;
constexpr std::string_view kEcPublicKeyId = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr std::string_view kRsaId = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }
Refusal unsupported(const char* what) { return {Reason::unsupported, "", what}; }

Judged<KeyType> take_curve(Reader& in) {
    if (der::next_is(in, der::kSequence)) {
        return unsupported("an elliptic curve that is described instead of named");
    }
    const auto* curve = ecdsa::find(TRY(der::take(in, der::kObjectId)));
    if (curve == nullptr) return unsupported("an elliptic curve other than P-256, P-384, P-521");
    return curve->type;
}

Judged<KeyType> take_algorithm(Reader& outer) {
    Reader in = TRY(der::enter(outer, der::kSequence));
    const Bytes id = TRY(der::take(in, der::kObjectId));
    if (text(id) == kRsaId) return unsupported("an RSA key");
    const bool is_ec = text(id) == kEcPublicKeyId;
    if (!is_ec && text(id) != kEd25519Id) {
        return unsupported("a key of another algorithm than Ed25519 and ECDSA");
    }
    const KeyType type = is_ec ? TRY(take_curve(in)) : KeyType::ed25519;
    TRY(der::end(in));
    return type;
}

Secret encode_algorithm(KeyType type) {
    const auto* curve = ecdsa::find(type);
    if (curve == nullptr) {
        return der::value(der::kSequence,
                          {der::value(der::kObjectId, {as_bytes(kEd25519Id)}).bytes()});
    }
    const Secret id = der::value(der::kObjectId, {as_bytes(kEcPublicKeyId)});
    const Secret named = der::value(der::kObjectId, {as_bytes(curve->id)});
    return der::value(der::kSequence, {id.bytes(), named.bytes()});
}

struct Sec1 {
    Bytes secret;
    std::optional<KeyType> type;
    std::optional<Bytes> public_key;
};

Judged<Sec1> decode_sec1(Bytes der) {
    Reader outer(der);
    Reader in = TRY(der::enter(outer, der::kSequence));
    TRY(der::end(outer));
    if (TRY(der::take_number(in)) != 1) return bad("an EC private key of an unknown version");
    Sec1 out{.secret = TRY(der::take(in, der::kOctetString)), .type = {}, .public_key = {}};
    if (der::next_is(in, der::kContext0)) {
        Reader curve = TRY(der::enter(in, der::kContext0));
        out.type = TRY(take_curve(curve));
        TRY(der::end(curve));
    }
    if (der::next_is(in, der::kContext1)) {
        Reader point = TRY(der::enter(in, der::kContext1));
        out.public_key = TRY(der::take_bits(point));
        TRY(der::end(point));
    }
    TRY(der::end(in));
    return out;
}

/// What PKCS#8 says of the public key, and SEC 1 inside; both, if both say it, must agree.
Judged<EncodedPrivate> decode_ec(KeyType type, Bytes inner, std::optional<Bytes> public_key) {
    const Sec1 sec1 = TRY(decode_sec1(inner));
    if (sec1.type.has_value() && *sec1.type != type) return bad("two curves for one key");
    if (sec1.public_key && public_key && text(*sec1.public_key) != text(*public_key)) {
        return bad("two public keys for one private key");
    }
    return EncodedPrivate{type, sec1.secret, sec1.public_key ? sec1.public_key : public_key};
}

}  // namespace

Judged<EncodedPublic> decode_public(Bytes der) {
    Reader outer(der);
    Reader in = TRY(der::enter(outer, der::kSequence));
    TRY(der::end(outer));
    const KeyType type = TRY(take_algorithm(in));
    const Bytes key = TRY(der::take_bits(in));
    TRY(der::end(in));
    return EncodedPublic{type, key};
}

std::vector<std::byte> encode_public(KeyType type, Bytes key) {
    const Secret algorithm = encode_algorithm(type);
    const Secret content = der::bits(key);
    const Secret whole = der::value(der::kSequence, {algorithm.bytes(), content.bytes()});
    return {whole.bytes().begin(), whole.bytes().end()};
}

Judged<EncodedPrivate> decode_private(Bytes der) {
    Reader outer(der);
    Reader in = TRY(der::enter(outer, der::kSequence));
    TRY(der::end(outer));
    const std::uint64_t version = TRY(der::take_number(in));
    if (version > 1) return bad("PKCS#8 of an unknown version");
    const KeyType type = TRY(take_algorithm(in));
    const Bytes secret = TRY(der::take(in, der::kOctetString));
    if (der::next_is(in, der::kContext0)) TRY(der::take(in, der::kContext0));
    std::optional<Bytes> public_key;
    if (version == 1 && der::next_is(in, der::kContext1Primitive)) {
        public_key = TRY(der::take_bits(in, der::kContext1Primitive));
    }
    TRY(der::end(in));
    if (type != KeyType::ed25519) return decode_ec(type, secret, public_key);
    Reader inner(secret);
    const Bytes seed = TRY(der::take(inner, der::kOctetString));
    TRY(der::end(inner));
    return EncodedPrivate{type, seed, public_key};
}

Secret encode_private(KeyType type, Bytes secret, Bytes public_key) {
    const Secret octets = der::value(der::kOctetString, {secret});
    const Secret algorithm = encode_algorithm(type);
    const Secret zero = der::number(0);
    if (type == KeyType::ed25519) {
        const Secret inner = der::value(der::kOctetString, {octets.bytes()});
        return der::value(der::kSequence, {zero.bytes(), algorithm.bytes(), inner.bytes()});
    }
    const Secret point = der::value(der::kContext1, {der::bits(public_key).bytes()});
    const Secret one = der::number(1);
    const Secret sec1 = der::value(der::kSequence, {one.bytes(), octets.bytes(), point.bytes()});
    const Secret inner = der::value(der::kOctetString, {sec1.bytes()});
    return der::value(der::kSequence, {zero.bytes(), algorithm.bytes(), inner.bytes()});
}

Judged<Secret> wrap_sec1(Bytes der) {
    const Sec1 sec1 = TRY(decode_sec1(der));
    if (!sec1.type) return bad("an EC private key that does not name its curve");
    const Secret zero = der::number(0);
    const Secret algorithm = encode_algorithm(*sec1.type);
    const Secret inner = der::value(der::kOctetString, {der});
    return der::value(der::kSequence, {zero.bytes(), algorithm.bytes(), inner.bytes()});
}

}  // namespace pratique::signing
