#include "scanner/checks/hdf5/attributes.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/text.h"
#include "scanner/checks/hdf5/dataset.h"
#include "scanner/checks/keras/keras.h"

namespace pratique::scanner {
namespace {

/// Attributes of Keras that hold JSON. A text that is too long for one attribute is cut up:
/// model_config0, model_config1, …
constexpr std::string_view kConfigs[] = {"model_config", "training_config"};

/// A longer configuration would not be taken apart. Texts can be told many times over by references
/// to one place.
constexpr std::uint64_t kLongestConfig = 32 * kMiB;

/// The number behind `name`; 0 if there is none; nothing if the attribute is another.
std::optional<std::uint32_t> piece_of(std::string_view attribute, std::string_view name) {
    if (!attribute.starts_with(name)) return std::nullopt;
    const std::string_view digits = attribute.substr(name.size());
    if (digits.empty()) return 0;
    std::uint32_t out = 0;
    const auto parsed = std::from_chars(digits.begin(), digits.end(), out);
    if (parsed.ec != std::errc{} || parsed.ptr != digits.end()) return std::nullopt;
    return out;
}

class AttributesCheck {
public:
    AttributesCheck(Scan& scan, const Artifact& artifact, hdf5::File& file, const std::string& path)
        : scan_(scan), artifact_(artifact), file_(file), path_(path) {}

    void run(const hdf5::Object& object) {
        const auto attributes = hdf5::read_attributes(file_, object);
        if (!attributes) return scan_.gap(attributes.error(), artifact_);
        for (const hdf5::Attribute& attribute : *attributes) {
            const auto texts = hdf5::read_texts(file_, attribute);
            if (!texts) {
                scan_.gap(texts.error(), artifact_);
            } else if (texts->has_value()) {
                check_texts(attribute, **texts);
            } else if (is_bytes(attribute.type)) {
                check_blob(scan_, artifact_, name_of(attribute), attribute.value);
            }
        }
        check_configs();
    }

private:
    std::string name_of(const hdf5::Attribute& attribute) const {
        return path_ + "@" + std::string(attribute.name);
    }

    void check_texts(const hdf5::Attribute& attribute, const std::vector<std::string_view>& texts) {
        for (const std::string_view text : texts) {
            check_blob(scan_, artifact_, name_of(attribute), as_bytes(text));
        }
        for (const std::string_view name : kConfigs) {
            const auto piece = piece_of(attribute.name, name);
            if (!piece) continue;
            for (const std::string_view text : texts) {
                const Status added = add(name, *piece, text, attribute.offset);
                if (!added) return scan_.gap(added.error(), artifact_);
            }
        }
    }

    Status add(std::string_view name, std::uint32_t piece, std::string_view text,
               std::uint64_t offset) {
        TRY(file_.spend(text.size(), offset));
        std::string& so_far = configs_[name][piece];
        if (so_far.size() + text.size() > kLongestConfig) return Error{Errc::limit_bytes, offset};
        so_far += text;
        return {};
    }

    void check_configs() {
        for (const auto& [name, pieces] : configs_) {
            std::string whole;
            for (const auto& [number, piece] : pieces) whole += piece;
            const bool is_empty = std::ranges::all_of(whole, [](char c) { return c == ' '; });
            if (is_empty || whole == "None" || whole == "null") continue;
            check_keras_config(scan_, artifact_, path_ + "@" + std::string(name), as_bytes(whole));
        }
    }

    Scan& scan_;
    const Artifact& artifact_;
    hdf5::File& file_;
    const std::string& path_;
    std::map<std::string_view, std::map<std::uint32_t, std::string>> configs_;
};

}  // namespace

void check_attributes(Scan& scan, const Artifact& artifact, hdf5::File& file,
                      const hdf5::Object& object, const std::string& path) {
    AttributesCheck(scan, artifact, file, path).run(object);
}

}  // namespace pratique::scanner
