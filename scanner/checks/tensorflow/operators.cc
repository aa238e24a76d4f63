#include "scanner/checks/tensorflow/operators.h"

#include <algorithm>
#include <array>

namespace pratique::scanner {
namespace {

using rules::Capabilities;
using rules::Capability;

constexpr auto kExecute = static_cast<Capabilities>(Capability::execute);
constexpr auto kRead = static_cast<Capabilities>(Capability::file_read);
constexpr auto kWrite = static_cast<Capabilities>(Capability::file_write);
constexpr auto kNetwork = static_cast<Capabilities>(Capability::network);
constexpr auto kNative = static_cast<Capabilities>(Capability::native_code);
constexpr auto kResource = static_cast<Capabilities>(Capability::resource);

constexpr std::uint8_t kFirst = 1;
constexpr std::uint8_t kSecond = 2;
constexpr std::uint8_t kThird = 4;

// clang-format off
constexpr auto kOperators = std::to_array<Operator>({
    {"Abort",                             kResource},
    {"AvroRecordDataset",                 kRead,          Reach::pipeline, kFirst},
    {"BigQueryReader",                    kNetwork},
    {"BigtableClient",                    kNetwork},
    {"CSVDataset",                        kRead,          Reach::pipeline, kFirst},
    {"CSVDatasetV2",                      kRead,          Reach::pipeline, kFirst},
    {"CacheDataset",                      kRead | kWrite, Reach::named,    kSecond},
    {"CacheDatasetV2",                    kRead | kWrite, Reach::named,    kSecond},
    {"CreateSummaryDbWriter",             kWrite,         Reach::always,   kSecond},
    {"CreateSummaryFileWriter",           kWrite,         Reach::always,   kSecond},
    {"DataServiceDataset",                kNetwork,       Reach::always,   kThird},
    {"DataServiceDatasetV2",              kNetwork,       Reach::always,   kThird},
    {"DataServiceDatasetV3",              kNetwork,       Reach::always,   kThird},
    {"DataServiceDatasetV4",              kNetwork,       Reach::always,   kThird},
    {"DatasetFromGraph",                  kNative,        Reach::graph,    kFirst},
    {"DatasetToTFRecord",                 kWrite,         Reach::always,   kSecond},
    {"DebugIdentity",                     kNetwork,       Reach::address,  0, "debug_urls"},
    {"DebugIdentityV2",                   kNetwork,       Reach::address,  0, "debug_urls"},
    {"DebugIdentityV3",                   kNetwork,       Reach::address,  0, "debug_urls"},
    {"DebugNanCount",                     kNetwork,       Reach::address,  0, "debug_urls"},
    {"DebugNumericSummary",               kNetwork,       Reach::address,  0, "debug_urls"},
    {"DecodeProto",                       kRead,          Reach::named,    0, "descriptor_source"},
    {"DecodeProtoV2",                     kRead,          Reach::named,    0, "descriptor_source"},
    {"DistributedSave",                   kWrite | kNetwork, Reach::always, kSecond | kThird},
    {"EagerPyFunc",                       kExecute,       Reach::always,   0, "token"},
    {"EncodeProto",                       kRead,          Reach::named,    0, "descriptor_source"},
    {"ExperimentalCSVDataset",            kRead,          Reach::pipeline, kFirst},
    {"ExperimentalDatasetToTFRecord",     kWrite,         Reach::always,   kSecond},
    {"ExperimentalLMDBDataset",           kRead,          Reach::pipeline, kFirst},
    {"ExperimentalMatchingFilesDataset",  kRead,          Reach::pipeline, kFirst},
    {"ExperimentalSqlDataset",            kRead,          Reach::always,   kSecond},
    {"FixedLengthRecordDataset",          kRead,          Reach::pipeline, kFirst},
    {"FixedLengthRecordDatasetV2",        kRead,          Reach::pipeline, kFirst},
    {"FixedLengthRecordReader",           kRead,          Reach::pipeline},
    {"FixedLengthRecordReaderV2",         kRead,          Reach::pipeline},
    {"FixedUnigramCandidateSampler",      kRead,          Reach::named,    0, "vocab_file"},
    {"GcsConfigureBlockCache",            kNetwork},
    {"GcsConfigureCredentials",           kNetwork},
    {"GenerateBigQueryReaderPartitions",  kNetwork},
    {"GenerateVocabRemapping",            kRead,          Reach::asset,    kFirst | kSecond},
    {"IgniteDataset",                     kNetwork},
    {"ImmutableConst",                    kRead,          Reach::named,    0, "memory_region_name"},
    {"InitializeTRTResource",             kNative,        Reach::asset,    kSecond},
    {"InitializeTableFromTextFile",       kRead,          Reach::asset,    kSecond},
    {"InitializeTableFromTextFileV2",     kRead,          Reach::asset,    kSecond},
    {"KafkaDataset",                      kNetwork,       Reach::always,   kSecond},
    {"KinesisDataset",                    kNetwork},
    {"LMDBDataset",                       kRead,          Reach::pipeline, kFirst},
    {"LMDBReader",                        kRead,          Reach::pipeline},
    {"ListSnapshotChunksDataset",         kRead,          Reach::always,   kFirst},
    {"LoadAndRemapMatrix",                kRead,          Reach::asset,    kFirst},
    {"LoadDataset",                       kRead,          Reach::always,   kFirst},
    {"MatchingFiles",                     kRead,          Reach::always,   kFirst},
    {"MatchingFilesDataset",              kRead,          Reach::pipeline, kFirst},
    {"MergeV2Checkpoints",                kWrite,         Reach::saver,    kFirst | kSecond},
    {"MlirPassthroughOp",                 kNative,        Reach::program,  0, "mlir_module"},
    {"PrintV2",                           kWrite,         Reach::address,  0, "output_stream"},
    {"PubSubDataset",                     kNetwork},
    {"PyFunc",                            kExecute,       Reach::always,   0, "token"},
    {"PyFuncStateless",                   kExecute,       Reach::always,   0, "token"},
    {"ReadFile",                          kRead,          Reach::always,   kFirst},
    {"RecordInput",                       kRead,          Reach::pipeline, 0, "file_pattern"},
    {"RegisterDataset",                   kNetwork,       Reach::always,   kSecond},
    {"RegisterDatasetV2",                 kNetwork,       Reach::always,   kSecond},
    {"Restore",                           kRead,          Reach::saver,    kFirst},
    {"RestoreSlice",                      kRead,          Reach::saver,    kFirst},
    {"RestoreV2",                         kRead,          Reach::saver,    kFirst},
    {"Rpc",                               kNetwork,       Reach::always,   kFirst},
    {"Save",                              kWrite,         Reach::saver,    kFirst},
    {"SaveDataset",                       kWrite,         Reach::always,   kSecond},
    {"SaveDatasetV2",                     kWrite,         Reach::always,   kSecond},
    {"SaveSlices",                        kWrite,         Reach::saver,    kFirst},
    {"SaveV2",                            kWrite,         Reach::saver,    kFirst},
    {"SequenceFileDataset",               kRead,          Reach::pipeline, kFirst},
    {"SerializeTRTResource",              kWrite,         Reach::always,   kSecond},
    {"Skipgram",                          kRead,          Reach::pipeline, 0, "filename"},
    {"SnapshotChunkDataset",              kRead,          Reach::always,   kFirst},
    {"SnapshotDataset",                   kWrite,         Reach::always,   kSecond},
    {"SnapshotDatasetReader",             kRead,          Reach::always,   kFirst},
    {"SnapshotDatasetV2",                 kWrite,         Reach::always,   kSecond},
    {"SqlDataset",                        kRead,          Reach::always,   kSecond},
    {"TFRecordDataset",                   kRead,          Reach::pipeline, kFirst},
    {"TFRecordDatasetV2",                 kRead,          Reach::pipeline, kFirst},
    {"TFRecordReader",                    kRead,          Reach::pipeline},
    {"TFRecordReaderV2",                  kRead,          Reach::pipeline},
    {"TRTEngineOp",                       kNative},
    {"TextLineDataset",                   kRead,          Reach::pipeline, kFirst},
    {"TextLineReader",                    kRead,          Reach::pipeline},
    {"TextLineReaderV2",                  kRead,          Reach::pipeline},
    {"TryRpc",                            kNetwork,       Reach::always,   kFirst},
    {"WholeFileReader",                   kRead,          Reach::pipeline},
    {"WholeFileReaderV2",                 kRead,          Reach::pipeline},
    {"WriteFile",                         kWrite,         Reach::always,   kFirst},
    {"XlaCallModule",                     kNative,        Reach::program,  0, "module"},
    {"XlaCustomCall",                     kNative},
    {"XlaCustomCallV2",                   kNative},
});
// clang-format on

static_assert(std::ranges::is_sorted(kOperators, {}, &Operator::name));

}  // namespace

const Operator* find_operator(std::string_view name) {
    const auto* found = std::ranges::lower_bound(kOperators, name, {}, &Operator::name);
    return found == kOperators.end() || found->name != name ? nullptr : found;
}

}  // namespace pratique::scanner
