#include "sandbox/loader/keras.h"

#include "base/json.h"
#include "sandbox/loader/hdf5.h"

namespace pratique::loader {
namespace {

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kMetadata = "metadata.json";
constexpr std::string_view kWeights = "model.weights.h5";
constexpr std::string_view kWeightsAsNpz = "model.weights.npz";
/// Models in models nest some eight levels of JSON each.
constexpr std::uint32_t kMostDepth = 256;

class Keras {
public:
    Keras(Load& load, ZipMembers& members)
        : load_(load), members_(members), metadata_(load.tree()) {}

    Status run() {
        load_.out().format += "keras";
        metadata_.text("format", "keras").text("framework", "keras");
        TRY(read_metadata());
        TRY(read_config());
        const zip::Entry* weights = members_.find(kWeights);
        if (weights == nullptr) {
            const bool is_npz = members_.find(kWeightsAsNpz) != nullptr;
            return Error{is_npz ? Errc::unsupported : Errc::missing_record, 0};
        }
        const Bytes h5 = TRY(members_.bytes(*weights));
        load_.at(std::string(kWeights));
        metadata_.add("weights", TRY(load_hdf5_member(load_, h5)));
        load_.at("");
        load_.out().metadata = metadata_.take();
        return {};
    }

private:
    /// The JSON object that a member holds.
    Result<json::Value> read_object(std::string_view name, std::string_view& text_out) {
        const Bytes bytes = TRY(members_.bytes(*members_.find(name)));
        load_.at(std::string(name));
        text_out = text(bytes);
        json::Value value = TRY(json::parse(text_out, kMostDepth));
        if (value.as<json::Object>() == nullptr) return Error{Errc::bad_json, 0};
        load_.at("");
        return value;
    }

    void note(const json::Value& object, std::string_view key, std::string_view as) {
        const json::Value* value = object.find(key);
        const auto* text = value == nullptr ? nullptr : value->as<std::string>();
        if (text != nullptr) metadata_.text(as, *text);
    }

    Status read_metadata() {
        std::string_view text;
        const json::Value object = TRY(read_object(kMetadata, text));
        note(object, "keras_version", "framework_version");
        note(object, "date_saved", "date_saved");
        return {};
    }

    Status read_config() {
        std::string_view text;
        const json::Value object = TRY(read_object(kConfig, text));
        note(object, "class_name", "class_name");
        metadata_.text("model_config", text);
        return {};
    }

    Load& load_;
    ZipMembers& members_;
    DictBuilder metadata_;
};

}  // namespace

bool is_keras(const ZipMembers& members) {
    return members.find(kConfig) != nullptr && members.find(kMetadata) != nullptr;
}

Status load_keras(Load& load, ZipMembers& members) { return Keras(load, members).run(); }

}  // namespace pratique::loader
