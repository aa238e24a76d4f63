// Zip archives, and the PyTorch and NumPy files that are ones.
#include "formats/archive/zip.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/text.h"
#include "formats/archive/codec.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"
#include "scanner/checks/archive/archive.h"
#include "scanner/checks/archive/member.h"
#include "scanner/checks/keras/keras.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/torch/torch.h"
#include "scanner/checks/torch/views.h"
#include "scanner/inspect.h"

namespace pratique::scanner {
namespace {

using zip::AnomalyKind;

/// The rule that an anomaly breaks; nothing where the anomaly is reported otherwise.
std::optional<RuleId> rule_of(AnomalyKind kind) {
    switch (kind) {
        case AnomalyKind::prefix_bytes: return RuleId::archive_prefix_bytes;
        case AnomalyKind::trailing_bytes: return RuleId::archive_trailing_bytes;
        case AnomalyKind::second_end_record:
        case AnomalyKind::comment_holds_archive: return RuleId::archive_second_end;
        case AnomalyKind::bad_end_record:
        case AnomalyKind::count_mismatch:
        case AnomalyKind::directory_size_mismatch:
        case AnomalyKind::multi_disk:
        case AnomalyKind::bad_extra:
        case AnomalyKind::bad_zip64: return RuleId::archive_count_differs;
        case AnomalyKind::header_mismatch_name:
        case AnomalyKind::header_mismatch_method:
        case AnomalyKind::header_mismatch_size:
        case AnomalyKind::header_mismatch_flags:
        case AnomalyKind::header_mismatch_crc:
        case AnomalyKind::bad_descriptor: return RuleId::archive_directories_differ;
        case AnomalyKind::duplicate_name: return RuleId::archive_duplicate_name;
        case AnomalyKind::case_twin: return RuleId::archive_case_twins;
        case AnomalyKind::overlap: return RuleId::archive_overlap;
        case AnomalyKind::entry_only_local: return RuleId::archive_local_only;
        case AnomalyKind::entry_only_central: return RuleId::archive_directory_only;
        case AnomalyKind::unicode_name_differs: return RuleId::archive_name_extra;
        case AnomalyKind::name_nul: return RuleId::archive_name_characters;
        case AnomalyKind::encrypted: return RuleId::archive_encrypted;
        case AnomalyKind::odd_method:  // said where the payload cannot be read
        case AnomalyKind::data_out_of_bounds:
        case AnomalyKind::unsearched: return std::nullopt;
    }
    return std::nullopt;
}

std::optional<archive::Codec> codec_of(std::uint16_t method) {
    switch (method) {
        case zip::kDeflated: return archive::Codec::deflate;
        case 12: return archive::Codec::bzip2;
        case 14: return archive::Codec::zip_lzma;
        case 93: return archive::Codec::zstd;
        case 95: return archive::Codec::xz;
        default: return std::nullopt;
    }
}

/// The name below the archive's root folder, in lower case: "data.pkl", "data/0".
std::string below_root(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        c = c == '\\' ? '/' : c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    while (out.starts_with("./")) out.erase(0, 2);
    const auto slash = out.find('/');
    if (slash != std::string::npos) out.erase(0, slash + 1);
    return out;
}

/// Whose the bytes in front of the first member are.
enum class Front : std::uint8_t { nobodys, of_another_format };

class ZipCheck {
public:
    ZipCheck(Scan& scan, const Artifact& artifact, Front front)
        : scan_(scan),
          artifact_(artifact),
          front_(front),
          archive_(zip::read(artifact.bytes, scan.limits())),
          is_cut_(archive_.error && archive_.error->code == Errc::truncated &&
                  std::ranges::none_of(archive_.entries, &zip::Entry::in_central)) {}

    void run() {
        report_structure();
        if (is_torch_zip(archive_)) {
            check_torch();
        } else {
            name_keras();
            for (const zip::Entry& entry : archive_.entries) inspect_entry(entry);
        }
        for (const zip::Range& range : archive_.unclaimed) {
            if (range.begin == 0 && front_ == Front::of_another_format) continue;
            inspect_unclaimed(scan_, artifact_, range.begin, range.end);
        }
        if (archive_.error) scan_.gap(*archive_.error, artifact_);
    }

private:
    void report_structure() {
        for (const zip::Anomaly& anomaly : archive_.anomalies) {
            const bool is_front = anomaly.kind == AnomalyKind::prefix_bytes;
            if (is_front && front_ == Front::of_another_format) continue;
            std::string evidence(meaning(anomaly.kind));
            if (!anomaly.name.empty()) evidence += ": " + escape(anomaly.name, 200);
            if (const auto rule = rule_of(anomaly.kind)) {
                scan_.find(*rule, artifact_, anomaly.offset, evidence);
            } else if (anomaly.kind != AnomalyKind::odd_method) {
                scan_.gap(GapReason::malformed, artifact_, anomaly.offset, evidence);
            }
        }
        for (const zip::Entry& entry : archive_.entries) {
            check_member_name(scan_, artifact_, entry.name, entry.header_offset);
            if (!entry.unicode_name.empty()) {
                check_member_name(scan_, artifact_, entry.unicode_name, entry.header_offset);
            }
        }
    }

    /// The stored or decompressed payload goes to `use`; what cannot be read is a gap.
    template <class Use>
    void with_payload(const zip::Entry& entry, Use use) {
        const Artifact member{chained(artifact_, entry.name), {}, artifact_.depth, {}, false};
        if (!entry.in_local) return;
        const Bytes packed = zip::payload(artifact_.bytes, entry);
        if (zip::is_encrypted(entry)) {
            return scan_.gap(Error{Errc::encrypted, entry.header_offset}, member);
        }
        if (entry.method == zip::kStored) {
            if (entry.size != entry.compressed_size) {
                const Errc code = is_cut(entry) ? Errc::truncated : Errc::size_mismatch;
                scan_.gap(Error{code, entry.header_offset}, member);
            }
            return use(packed);
        }
        const auto codec = codec_of(entry.method);
        if (!codec) {
            scan_.find(RuleId::archive_method, artifact_, entry.header_offset,
                       "method " + std::to_string(entry.method));
            return scan_.gap(Error{Errc::unsupported, entry.header_offset}, member);
        }
        const auto inflated = inflate_member(scan_, member, *codec, packed, entry.size);
        use(Bytes(inflated));
    }

    void inspect_entry(const zip::Entry& entry) {
        links_.check_behind(scan_, artifact_, entry.name, entry.header_offset);
        const bool folder = entry.name.ends_with('/') || entry.name.ends_with('\\');
        if (folder && entry.compressed_size == 0) return;
        if (folder) scan_.find(RuleId::archive_data_in_folder, artifact_, entry.header_offset);
        // A bomb lets thousands of members share one payload; it is looked at once.
        const bool fresh =
            seen_.emplace(entry.data_offset, entry.compressed_size, entry.method).second;
        if (!fresh && entry.compressed_size != 0) return;
        with_payload(entry, [&](Bytes payload) {
            if (zip::is_symlink(entry)) {
                links_.add(entry.name);
                return check_link(scan_, artifact_, entry.name, text(payload), entry.header_offset);
            }
            // Keras takes it for the architecture of a model, whatever else the archive holds.
            if (entry.name == "config.json" && !is_opened_instead(entry)) {
                return check_keras_config(scan_, artifact_, entry.name, payload);
            }
            scan_.descend(artifact_, entry.name, payload);
        });
    }

    void name_keras() {
        const auto has = [&](std::string_view name) {
            return std::ranges::find(archive_.entries, name, &zip::Entry::name) !=
                   archive_.entries.end();
        };
        const bool is_keras =
            has("config.json") &&
            (has("metadata.json") || has("model.weights.h5") || has("model.weights.npz"));
        if (is_keras && artifact_.chain.empty()) scan_.identity("keras");
    }

    // --- PyTorch ---

    static bool is_pickle_name(const std::string& name) {
        return name == "data.pkl" || name == "constants.pkl" || name.ends_with("debug_pkl") ||
               name.ends_with(".pkl");
    }

    /// Pickles first: they say which members are storages. Storages are measured, not searched.
    void check_torch() {
        bool script = false;
        std::vector<Storage> storages;
        for (const zip::Entry& entry : archive_.entries) {
            const std::string name = below_root(entry.name);
            script = script || name == "constants.pkl" || name.starts_with("code/");
            if (is_pickle_name(name)) inspect_pickle(entry, storages);
        }
        scan_.identity(script ? "torchscript" : "torch-zip");
        ByKey named = by_key(storages);
        for (const zip::Entry& entry : archive_.entries) {
            const std::string name = below_root(entry.name);
            if (is_pickle_name(name)) continue;
            if (is_storage(entry, name, named) && !is_opened_instead(entry)) continue;
            inspect_entry(entry);
            if (name == "version" || name == "byteorder") check_record(entry, name);
            if (name.starts_with("code/") && name.ends_with(".py")) inspect_code(entry);
        }
        report_missing(storages, named);
        check_storage_conflicts(scan_, artifact_, storages);
    }

    /// `version` is a number, `byteorder` a word.
    void check_record(const zip::Entry& entry, const std::string& name) {
        with_payload(entry, [&](Bytes payload) {
            std::string_view said = text(payload);
            if (said.ends_with('\n')) said.remove_suffix(1);
            // 10 is the highest that torch reads, MaxSupportedFileFormatVersion.
            const bool number = said == "10" || (said.size() == 1 && said >= "1" && said <= "9");
            const bool right = name == "version" ? number : said == "little" || said == "big";
            if (right || is_cut(entry)) return;
            scan_.find(RuleId::torch_record, artifact_, entry.header_offset,
                       escape(entry.name) + ": " + escape(said, 40));
        });
    }

    void inspect_pickle(const zip::Entry& entry, std::vector<Storage>& storages) {
        with_payload(entry, [&](Bytes payload) {
            const Artifact member{chained(artifact_, entry.name), payload, artifact_.depth + 1,
                                  std::string(entry.name), false};
            // torch unpickles the member whatever it looks like.
            if (pickle_start(payload, scan_.limits()) == PickleStart::no) {
                scan_.descend(artifact_, entry.name, payload);
            }
            check_pickle(scan_, member, {.torch = true, .storages = &storages});
            if (below_root(entry.name) == "bytecode.pkl") check_torchscript_bytecode(scan_, member);
        });
    }

    /// What a pickle says of a storage, and whether a member is that storage.
    struct Named {
        const Storage* storage = nullptr;
        bool found = false;
    };
    /// Sorted by the storage's key; those of one key in the order of the pickles.
    using ByKey = std::vector<Named>;

    static ByKey by_key(const std::vector<Storage>& storages) {
        ByKey out;
        out.reserve(storages.size());
        for (const Storage& storage : storages) out.push_back({&storage});
        std::ranges::stable_sort(out, {}, key_of);
        return out;
    }
    static std::string_view key_of(const Named& named) { return named.storage->key; }

    /// True if the member is the bytes of a storage that the pickles name.
    bool is_storage(const zip::Entry& entry, const std::string& name, ByKey& storages) {
        std::string_view key = name;
        for (const std::string_view folder : {"data/", "constants/"}) {
            if (key.starts_with(folder)) key.remove_prefix(folder.size());
        }
        if (key.size() == name.size() || key.find('/') != std::string_view::npos) return false;
        auto named = std::ranges::lower_bound(storages, key, {}, key_of);
        if (named == storages.end() || key_of(*named) != key) return false;
        // A second member of this name is an anomaly of the archive, and reported as that.
        if (named->found) return true;
        for (; named != storages.end() && key_of(*named) == key; ++named) {
            named->found = true;
            const auto bytes = named->storage->bytes();
            const bool typed = named->storage->item_size != 0;
            if (typed && !is_cut(entry) && bytes != entry.size) {
                scan_.find(RuleId::torch_storage_size, artifact_, entry.header_offset,
                           escape(entry.name) + ": " + std::to_string(entry.size) +
                               " bytes, the pickle says " +
                               (bytes ? std::to_string(*bytes) : "more than there can be"));
            }
        }
        return true;
    }

    /// An archive without a directory ends early, as downloads do: a gap says so, and a storage
    /// that went with the rest is no contradiction.
    bool is_cut(const zip::Entry& entry) const {
        return is_cut_ && entry.data_offset + entry.compressed_size >= artifact_.bytes.size();
    }

    /// Readers that look for an end record take the last one of an archive that is cut off for its
    /// own, and this is that of an archive in a storage.
    bool is_opened_instead(const zip::Entry& entry) const {
        return is_cut_ && zip::recognise(zip::payload(artifact_.bytes, entry));
    }

    void report_missing(const std::vector<Storage>& storages, const ByKey& named) {
        if (is_cut_) return;
        for (const Storage& storage : storages) {
            if (!std::ranges::lower_bound(named, storage.key, {}, key_of)->found) {
                scan_.find(RuleId::torch_storage_missing, artifact_, storage.at,
                           escape(storage.key));
            }
        }
    }

    void inspect_code(const zip::Entry& entry) {
        with_payload(entry, [&](Bytes payload) {
            const Artifact member{chained(artifact_, entry.name), payload, artifact_.depth + 1,
                                  std::string(entry.name), false};
            check_torchscript_code(scan_, member);
        });
    }

    Scan& scan_;
    const Artifact& artifact_;
    Front front_;
    zip::Archive archive_;
    /// It has no directory. One whose directory breaks off says more than it holds.
    bool is_cut_;
    Links links_;
    std::set<std::tuple<std::uint64_t, std::uint64_t, std::uint16_t>> seen_;  // payloads inspected
};

}  // namespace

void check_zip(Scan& scan, const Artifact& artifact) {
    ZipCheck(scan, artifact, Front::nobodys).run();
}

void check_zip_behind(Scan& scan, const Artifact& artifact) {
    ZipCheck(scan, artifact, Front::of_another_format).run();
}

}  // namespace pratique::scanner
