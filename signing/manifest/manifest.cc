#include "signing/manifest/manifest.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/digest.h"
#include "base/json_fields.h"
#include "base/text.h"

namespace pratique::signing {
namespace {

constexpr std::size_t kMostResources = 1'000'000;
constexpr std::size_t kMostIgnored = 10'000;
constexpr std::size_t kMostPath = 4096;
constexpr std::size_t kMostComponent = 255;
/// A file of this name in the manifest is the model itself.
constexpr std::string_view kItself = ".";

/// Digits only, no sign, no leading zero, 64 bits.
std::optional<std::uint64_t> decimal(std::string_view text) {
    std::uint64_t value = 0;
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    return error == std::errc{} && end == text.end() ? std::optional(value) : std::nullopt;
}

struct Resource {
    std::string name;
    std::uint64_t start = 0, end = 0;  // of a shard
    std::vector<std::byte> digest;
};

/// Reads the predicate; what is wrong goes to `problem`.
class Reading {
public:
    Reading(const Statement& statement, Manifest& out) : statement_(statement), out_(out) {}

    Judged<void> run() {
        json::Fields top(statement_.predicate, "predicate", problem_);
        read_serialization(top.object("serialization"));
        if (unsupported_) return Refusal{Reason::unsupported, "", "hash type " + hash_type_};
        read_resources(top);
        note_unknown(top);
        if (problem_.empty()) check_root();
        if (problem_.empty()) gather();
        if (problem_.empty()) check_names();
        if (!problem_.empty()) return Refusal{Reason::bad_manifest, "", problem_};
        return {};
    }

private:
    void refuse(const std::string& why) {
        if (problem_.empty()) problem_ = why;
    }
    void note_unknown(const json::Fields& in) {
        for (const std::string& key : in.unasked()) {
            out_.unknown_members.push_back(in.where() + "." + key);
        }
    }

    void read_serialization(json::Fields in) {
        Serialization& to = out_.serialization;
        const std::string method = in.string("method");
        if (method != "files" && method != "shards") in.complain("method", "is not known");
        hash_type_ = in.string("hash_type");
        const auto algorithm = hash_algorithm(hash_type_);
        unsupported_ = hash_type_ == "blake3";
        if (!algorithm && !unsupported_) in.complain("hash_type", "is not known");
        to.hash = algorithm.value_or(HashAlgorithm::sha256);
        to.allow_links = in.flag("allow_symlinks", false);
        const auto shard_size = in.maybe_count("shard_size");
        if (shard_size && method == "files") in.complain("shard_size", "is only for shards");
        if (method == "shards" && shard_size.value_or(0) == 0) {
            in.complain("shard_size", "must be a positive number of bytes");
        }
        to.shard_size = shard_size.value_or(0);
        to.ignored = in.strings("ignore_paths");
        if (to.ignored.size() > kMostIgnored) in.complain("ignore_paths", "holds too many");
        for (const std::string& path : to.ignored) {
            if (!is_plain_path(path) || path.find_first_of("*?[") != std::string::npos) {
                in.complain("ignore_paths", "holds what is no plain relative path");
            }
        }
        note_unknown(in);
    }

    void read_resources(json::Fields& top) {
        auto resources = top.objects("resources");
        if (resources.empty()) top.complain("resources", "is empty: nothing is signed");
        if (resources.size() > kMostResources) return top.complain("resources", "holds too many");
        resources_.reserve(resources.size());
        for (json::Fields& one : resources) resources_.push_back(read_resource(one));
    }

    Resource read_resource(json::Fields& in) {
        const Serialization& how = out_.serialization;
        Resource out;
        out.name = in.string("name");
        const std::string algorithm = in.string("algorithm");
        const std::string sharded = hash_type_ + "-sharded-" + std::to_string(how.shard_size);
        if (algorithm != hash_type_ && (how.shard_size == 0 || algorithm != sharded)) {
            in.complain("algorithm", "is not the one that the serialization names");
        }
        const std::string digest = in.string("digest");
        if (is_hex(digest, digest_size(how.hash))) {
            out.digest = unhex(digest);
        } else {
            in.complain("digest", "is no digest of that algorithm in lower case");
        }
        if (how.shard_size != 0 && !take_range(out)) in.complain("name", "names no shard");
        return out;
    }

    /// "path:start:end": the last two colons count, as a path may have some of its own.
    static bool take_range(Resource& out) {
        const std::string whole = out.name;
        const auto second = whole.rfind(':');
        if (second == std::string::npos || second == 0) return false;
        const auto first = whole.rfind(':', second - 1);
        if (first == std::string::npos) return false;
        const std::string_view view = whole;
        const auto start = decimal(view.substr(first + 1, second - first - 1));
        const auto end = decimal(view.substr(second + 1));
        if (!start || !end || *start >= *end) return false;
        out.start = *start;
        out.end = *end;
        out.name = whole.substr(0, first);
        return true;
    }

    void check_root() {
        Sha256 hash;
        for (const Resource& one : resources_) hash.update(one.digest);
        out_.root = hex(hash.finish());
        if (statement_.subjects.size() != 1) return refuse("there must be exactly one subject");
        out_.model_name = statement_.subjects.front().name;
        if (statement_.subjects.front().sha256 != out_.root) {
            refuse("the subject's digest is not that of the resources");
        }
    }

    /// Shards become files.
    void gather() {
        std::sort(resources_.begin(), resources_.end(), [](const Resource& a, const Resource& b) {
            return std::tie(a.name, a.start) < std::tie(b.name, b.start);
        });
        for (Resource& one : resources_) {
            const bool again = !out_.files.empty() && out_.files.back().name == one.name;
            const std::uint64_t size = out_.serialization.shard_size;
            if (size == 0) {
                if (again) return refuse("a name twice: " + one.name);
            } else if (one.end - one.start > size || one.start % size != 0 ||
                       one.start != (again ? out_.files.back().size : 0)) {
                return refuse("shards that leave a gap or overlap: " + one.name);
            }
            if (!again) out_.files.push_back({one.name, 0, {}});
            out_.files.back().size = one.end;
            out_.files.back().digests.push_back(std::move(one.digest));
        }
    }

    /// Asked of each folder that it lies in: a list may have a million names and ignore 10,000.
    bool is_ignored(std::string_view name) const {
        for (auto end = name.find('/'); end != std::string_view::npos;
             end = name.find('/', end + 1)) {
            if (ignored_.contains(name.substr(0, end))) return true;
        }
        return ignored_.contains(name);
    }

    void check_names() {
        ignored_ = {out_.serialization.ignored.begin(), out_.serialization.ignored.end()};
        const auto& files = out_.files;
        if (files.size() == 1 && files.front().name == kItself) return;
        std::vector<std::string_view> names;
        for (const Measured& file : files) {
            if (!is_plain_path(file.name)) {
                return refuse("no plain relative path: " + file.name);
            }
            if (is_ignored(file.name)) return refuse("both signed and ignored: " + file.name);
            names.push_back(file.name);
        }
        // With "/" below all other characters, what lies below a name comes right behind it.
        const auto rank = [](char c) { return c == '/' ? 0 : 1 + static_cast<unsigned char>(c); };
        std::sort(names.begin(), names.end(), [&](std::string_view a, std::string_view b) {
            return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                                [&](char x, char y) { return rank(x) < rank(y); });
        });
        for (std::size_t i = 1; i < names.size(); ++i) {
            if (lies_below(names[i], names[i - 1])) {
                return refuse("both a file and a folder: " + std::string(names[i - 1]));
            }
        }
    }

    const Statement& statement_;
    Manifest& out_;
    std::string problem_;
    std::string hash_type_;
    bool unsupported_ = false;
    std::vector<Resource> resources_;  // in the order of the text
    std::set<std::string, std::less<>> ignored_;
};

/// What a file system that ignores case, or composes characters, makes of a name; empty if it may
/// not be relied upon to keep the name at all.
std::string folded(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// True if a character combines with the one before it (U+0300 to U+036F): the same text can then
/// be written with other bytes.
bool has_combining(std::string_view name) {
    for (std::size_t i = 0; i + 1 < name.size(); ++i) {
        const auto lead = static_cast<unsigned char>(name[i]);
        const auto next = static_cast<unsigned char>(name[i + 1]);
        if (lead == 0xcc || (lead == 0xcd && next <= 0xaf)) return true;
    }
    return false;
}

std::vector<std::string> confusable(const std::vector<Measured>& files) {
    std::vector<std::string> out;
    std::set<std::string> seen;
    for (const Measured& file : files) {
        if (has_combining(file.name) || !seen.insert(folded(file.name)).second) {
            out.push_back(file.name);
        }
    }
    return out;
}

bool same_bytes(const Measured& was, const Measured& is, bool sharded) {
    return was.digests == is.digests && (!sharded || was.size == is.size);
}

}  // namespace

const std::vector<std::string>& always_ignored() {
    static const std::vector<std::string> kPaths{".git", ".gitattributes", ".github", ".gitignore"};
    return kPaths;
}

bool is_plain_path(std::string_view name) {
    if (name.empty() || name.size() > kMostPath || !is_utf8(name) ||
        name.find('\0') != std::string_view::npos) {
        return false;
    }
    while (true) {
        const auto slash = name.find('/');
        const std::string_view component = name.substr(0, slash);
        if (component.empty() || component == "." || component == ".." ||
            component.size() > kMostComponent) {
            return false;
        }
        if (slash == std::string_view::npos) return true;
        name.remove_prefix(slash + 1);
    }
}

bool lies_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

Judged<Manifest> read_manifest(const Statement& statement) {
    if (statement.predicate_type != kOmsPredicate) {
        return Refusal{Reason::bad_statement, "", "the predicate " + statement.predicate_type};
    }
    Manifest out;
    TRY(Reading(statement, out).run());
    return out;
}

std::string write_manifest(const std::string& model_name, const Serialization& serialization,
                           const std::vector<Measured>& files) {
    struct Row {
        std::string name;
        const std::vector<std::byte>* digest;
    };
    std::vector<Row> rows;
    const std::uint64_t shard = serialization.shard_size;
    for (const Measured& file : files) {
        for (std::size_t i = 0; i < file.digests.size(); ++i) {
            const std::uint64_t start = i * shard;
            const std::uint64_t end = start + std::min(shard, file.size - start);
            const std::string range = ":" + std::to_string(start) + ":" + std::to_string(end);
            rows.push_back({shard == 0 ? file.name : file.name + range, &file.digests[i]});
        }
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
    Sha256 root;
    for (const Row& row : rows) root.update(*row.digest);

    json::Writer out;
    begin_statement(out, {{model_name, hex(root.finish())}}, kOmsPredicate);
    const std::string algorithm(name(serialization.hash));
    out.key("serialization").begin_object();
    out.key("method").string(shard == 0 ? "files" : "shards");
    out.key("hash_type").string(algorithm);
    out.key("allow_symlinks").boolean(serialization.allow_links);
    if (shard != 0) out.key("shard_size").number(shard);
    out.key("ignore_paths").begin_array();
    for (const std::string& path : serialization.ignored) out.string(path);
    out.end_array().end_object();
    const std::string spelt =
        shard == 0 ? algorithm : algorithm + "-sharded-" + std::to_string(shard);
    out.key("resources").begin_array();
    for (const Row& row : rows) {
        out.begin_object().key("name").string(row.name).key("algorithm").string(spelt);
        out.key("digest").string(hex(*row.digest)).end_object();
    }
    out.end_array().end_object().end_object();
    return out.take();
}

Comparison compare(const Manifest& manifest, const std::vector<Measured>& files,
                   const CompareOptions& options) {
    Comparison out;
    const bool sharded = manifest.serialization.shard_size != 0;
    const bool itself = options.is_file && manifest.files.size() == 1 && files.size() == 1 &&
                        manifest.files.front().name == kItself;
    auto was = manifest.files.begin();
    auto is = files.begin();
    while (was != manifest.files.end() || is != files.end()) {
        const bool both = was != manifest.files.end() && is != files.end();
        if (both && (itself || was->name == is->name)) {
            if (!same_bytes(*was, *is, sharded)) {
                out.refusals.push_back({Reason::changed_file, is->name, ""});
            }
            ++was, ++is;
        } else if (is == files.end() || (both && was->name < is->name)) {
            out.refusals.push_back({Reason::missing_file, was->name, ""});
            ++was;
        } else {
            out.uncovered.push_back(is->name);
            // Of an empty file no shard exists that could have been signed.
            const bool cannot = sharded && is->size == 0;
            if (!options.ignore_uncovered && !cannot) {
                out.refusals.push_back({Reason::uncovered_file, is->name, ""});
            }
            ++is;
        }
    }
    out.confusable = confusable(files);
    return out;
}

}  // namespace pratique::signing
