// The predicate of a model's signature (OMS 1.0): the files that it covers, each with the digest of
// its bytes or of its shards, and how they were counted.
//
//      "predicate": {
//        "serialization": { "method": "files" | "shards", "hash_type": "sha256" | "blake2b",
//                           "allow_symlinks": bool, ["shard_size": n], ["ignore_paths": [ … ]] },
//        "resources": [ { "name": "sub/weights.bin", "algorithm": "sha256", "digest": hex },
//                       { "name": "weights.bin:0:1000", "algorithm": "sha256-sharded-1000", … } ] }
//      "subject": [ { "name": …, "digest": { "sha256": SHA-256 of all digests in their order } } ]
//
// A list that could be understood in two ways is refused: names twice, names that are no plain
// relative paths, a name below another name, digests of the wrong length, shards that leave gaps.
// An empty file has no shard, so that nothing signed says that it is there.
// Source: ossf/model-signing-spec 1.0, sections 5 and 6. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signing/envelope/statement.h"
#include "signing/files/hash.h"
#include "signing/files/model.h"
#include "signing/refusal.h"

namespace pratique::signing {

inline constexpr std::string_view kOmsPredicate = "https://model_signing/signature/v1.0";
/// What is left out of every model, at its top.
const std::vector<std::string>& always_ignored();

struct Serialization {
    HashAlgorithm hash = HashAlgorithm::sha256;
    std::uint64_t shard_size = 0;  // bytes; 0: whole files
    bool allow_links = false;
    std::vector<std::string> ignored;  // relative paths, with all below them
};

struct Manifest {
    std::string model_name;  // informational
    Serialization serialization;
    /// By name, in the order of its bytes. The size of a file that was hashed whole is not known,
    /// and 0.
    std::vector<Measured> files;
    std::string root;  // lower-case hexadecimal
    /// What the predicate holds that no specification names: it has no effect.
    std::vector<std::string> unknown_members;
};

/// Refusals: bad_statement (another predicate), bad_manifest, unsupported (BLAKE3).
Judged<Manifest> read_manifest(const Statement& statement);

/// The statement of files that were just measured, as text to be signed.
std::string write_manifest(const std::string& model_name, const Serialization& serialization,
                           const std::vector<Measured>& files);

/// True if `name` is a relative path that can be understood in one way only: UTF-8, no empty, "."
/// or ".." component, none above 255 bytes, all of it at most 4,096.
bool is_plain_path(std::string_view name);
/// True if `path` is `folder` or lies below it.
bool lies_below(std::string_view path, std::string_view folder);

struct Comparison {
    /// missing_file, changed_file, and uncovered_file unless they are allowed; in order of names.
    std::vector<Refusal> refusals;
    /// Files that are there and that the signature says nothing of.
    std::vector<std::string> uncovered;
    /// Names that are told apart here but perhaps not on other file systems.
    std::vector<std::string> confusable;
};

struct CompareOptions {
    /// Files that are not signed are reported, and no reason to refuse.
    bool ignore_uncovered = false;
    /// The model is one file: the manifest may call it "." or by its basename.
    bool is_file = false;
};

/// Are these the files that were signed? `files` by name, in the order of its bytes.
Comparison compare(const Manifest& manifest, const std::vector<Measured>& files,
                   const CompareOptions& options = {});

}  // namespace pratique::signing
