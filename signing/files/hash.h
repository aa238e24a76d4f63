// Digests of files, as fast as the machine has cores: the files of a model, and the shards of one,
// are shared out over threads; a single long file is read by one thread and hashed by another.
//
// Algorithms: SHA-256 and SHA-512 (FIPS 180-4), BLAKE2b-512 (RFC 7693), by OpenSSL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "signing/files/model.h"

namespace pratique::signing {

enum class HashAlgorithm : std::uint8_t { sha256, blake2b, sha512 };
std::string_view name(HashAlgorithm algorithm);
/// Of a name in OMS, which has no SHA-512: that is for signatures by OpenSSH.
std::optional<HashAlgorithm> hash_algorithm(std::string_view name);
/// Bytes of a digest.
std::size_t digest_size(HashAlgorithm algorithm);

struct HashOptions {
    HashAlgorithm algorithm = HashAlgorithm::sha256;
    /// Hash ranges of this many bytes, the last one shorter, instead of whole files; 0: whole
    /// files. An empty file has no range.
    std::uint64_t shard_size = 0;
    /// Threads; 0 for one per processor.
    unsigned threads = 0;
    /// The caller's, who may give up (base/cancel.h); -1: who never does.
    int cancel = -1;
};

/// What a file's bytes are.
struct Measured {
    std::string name;
    std::uint64_t size = 0;
    /// One digest, or one for each shard in order.
    std::vector<std::vector<std::byte>> digests;
};

/// Hashes an open file from its start to its present size; its offset is neither used nor moved.
/// Refusals: special_file if it is no regular file (sealed memory is one); unreadable;
/// unstable_file if its size or times changed meanwhile, or the size is not that of its contents;
/// too_large for more than a million shards; unsupported if OpenSSL was built without the
/// algorithm; interrupted if the caller gave up. Thread-safe. Throws only std::bad_alloc.
Judged<Measured> hash_file(int fd, std::string name, const HashOptions& options);

/// Hashes all files of a model; the answer is in their order, and so is the refusal: of several
/// files that are refused, the first one. Refusals: as hash_file() and Model::open_file().
/// Thread-safe. Throws only std::bad_alloc.
Judged<std::vector<Measured>> hash_model(const Model& model, const HashOptions& options);

}  // namespace pratique::signing
