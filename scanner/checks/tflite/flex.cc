#include "scanner/checks/tflite/flex.h"

#include <algorithm>
#include <array>

#include "formats/flatbuffers/flexbuffer.h"
#include "formats/protobuf/wire.h"

namespace pratique::scanner {
namespace {

using rules::Capabilities;
using rules::Capability;

constexpr Capabilities set(Capability one) { return static_cast<Capabilities>(one); }

struct TfOperator {
    std::string_view name;
    Capabilities capabilities;
};

constexpr Capabilities kReads = set(Capability::file_read);
constexpr Capabilities kWrites = set(Capability::file_write);
constexpr Capabilities kCalls = set(Capability::execute);
constexpr Capabilities kConnects = set(Capability::network);

/// In order of their names.
constexpr auto kOperators = std::to_array<TfOperator>({
    {"CSVDataset", kReads},
    {"DataServiceDataset", kConnects},
    {"DebugIdentity", kConnects | kWrites},
    {"DebugIdentityV2", kConnects | kWrites},
    {"EagerPyFunc", kCalls},
    {"FixedLengthRecordDataset", kReads},
    {"FixedLengthRecordReader", kReads},
    {"FixedLengthRecordReaderV2", kReads},
    {"ImmutableConst", kReads},
    {"InitializeTableFromTextFile", kReads},
    {"InitializeTableFromTextFileV2", kReads},
    {"LMDBReader", kReads},
    {"LoadAndRemapMatrix", kReads},
    {"LoadDataset", kReads},
    {"MatchingFiles", kReads},
    {"MergeV2Checkpoints", kReads | kWrites},
    {"PyFunc", kCalls},
    {"PyFuncStateless", kCalls},
    {"ReadFile", kReads},
    {"RemoteCall", kConnects},
    {"Restore", kReads},
    {"RestoreSlice", kReads},
    {"RestoreV2", kReads},
    {"RpcCall", kConnects},
    {"Save", kWrites},
    {"SaveDataset", kWrites},
    {"SaveDatasetV2", kWrites},
    {"SaveSlices", kWrites},
    {"SaveV2", kWrites},
    {"SqlDataset", kReads | kConnects},
    {"TFRecordDataset", kReads},
    {"TFRecordReader", kReads},
    {"TFRecordReaderV2", kReads},
    {"TextLineDataset", kReads},
    {"TextLineReader", kReads},
    {"TextLineReaderV2", kReads},
    {"WholeFileReader", kReads},
    {"WholeFileReaderV2", kReads},
    {"WriteFile", kWrites},
});
static_assert(std::ranges::is_sorted(kOperators, {}, &TfOperator::name));

}  // namespace

Capabilities capabilities_of_tf_operator(std::string_view name) {
    const auto* found = std::ranges::lower_bound(kOperators, name, {}, &TfOperator::name);
    const bool known = found != kOperators.end() && found->name == name;
    return known ? found->capabilities : Capabilities{0};
}

Result<std::optional<std::string_view>> flex_operator(Bytes options) {
    constexpr std::uint32_t kOp = 2;  // of NodeDef
    if (options.empty()) return std::optional<std::string_view>{};
    const auto texts = TRY(flatbuffers::read_flex_texts(options));
    if (texts.size() < 2) return Error{Errc::missing_record, 0};
    std::optional<std::string_view> out;
    protobuf::Message node(as_bytes(texts[1]));
    while (const auto field = TRY(node.next())) {
        if (field->number == kOp) out = text(TRY(field->bytes()));
    }
    if (!out) return Error{Errc::missing_record, 0};
    return out;
}

}  // namespace pratique::scanner
