// The table of formats.
#include <array>

#include "base/reader.h"
#include "formats/archive/tar.h"
#include "formats/archive/zfile.h"
#include "formats/archive/zip.h"
#include "formats/executorch/program.h"
#include "formats/fasttext/fasttext.h"
#include "formats/ggml/ggml.h"
#include "formats/gguf/gguf.h"
#include "formats/hdf5/file.h"
#include "formats/idx/idx.h"
#include "formats/lightgbm/lightgbm.h"
#include "formats/matlab/matlab.h"
#include "formats/mxnet/mxnet.h"
#include "formats/netcdf/netcdf.h"
#include "formats/nnef/nnef.h"
#include "formats/numpy/npy.h"
#include "formats/onnx/lone.h"
#include "formats/onnx/model.h"
#include "formats/ort/model.h"
#include "formats/paddle/program.h"
#include "formats/pickle/machine.h"
#include "formats/rds/rds.h"
#include "formats/safetensors/safetensors.h"
#include "formats/sentencepiece/model.h"
#include "formats/tensorbundle/bundle.h"
#include "formats/tensorflow/model.h"
#include "formats/tflite/model.h"
#include "formats/torch7/torch7.h"
#include "formats/word2vec/word2vec.h"
#include "formats/xgboost/xgboost.h"
#include "scanner/checks/archive/archive.h"
#include "scanner/checks/config/requirement.h"
#include "scanner/checks/config/spacy.h"
#include "scanner/checks/document/document.h"
#include "scanner/checks/executorch/executorch.h"
#include "scanner/checks/flax/flax.h"
#include "scanner/checks/gguf/gguf.h"
#include "scanner/checks/hdf5/hdf5.h"
#include "scanner/checks/java/java.h"
#include "scanner/checks/jinja/jinja.h"
#include "scanner/checks/matlab/matlab.h"
#include "scanner/checks/numbers/numbers.h"
#include "scanner/checks/numpy/numpy.h"
#include "scanner/checks/onnx/onnx.h"
#include "scanner/checks/ort/ort.h"
#include "scanner/checks/paddle/paddle.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/python/python.h"
#include "scanner/checks/rds/rds.h"
#include "scanner/checks/safetensors/safetensors.h"
#include "scanner/checks/script/script.h"
#include "scanner/checks/tensorflow/tensorflow.h"
#include "scanner/checks/tflite/tflite.h"
#include "scanner/checks/torch7/torch7.h"
#include "scanner/checks/xml/xml.h"
#include "scanner/checks/yaml/yaml.h"
#include "scanner/format.h"

namespace pratique::scanner {
namespace {

/// The length in front of a safetensors header can read as PROTO and an opcode that is none.
bool is_length_of_header(Bytes bytes, const Limits& limits) {
    constexpr std::uint64_t kLength = 8;
    if (!safetensors::recognise(bytes)) return false;
    const auto program = pickle::run(slice(bytes, 0, kMiB), 0, limits, {.most_opcodes = kLength});
    return program.error && program.error->offset < kLength && program.effects.empty();
}

/// Of a file whose elements are all accounted for, the header and what begins right behind it: no
/// guess goes through gigabytes of them.
Bytes guessed(Bytes bytes) {
    const auto length = Reader(bytes).le<std::uint64_t>();
    if (!length || !safetensors::recognise(bytes)) return bytes;
    return slice(bytes, 0, *length + kMiB);
}

Claim recognise_pickle(Bytes bytes, const Limits& limits) {
    if (is_length_of_header(bytes, limits)) return Claim::no;
    bytes = guessed(bytes);
    switch (pickle_start(bytes, limits)) {
        case PickleStart::no: return Claim::no;
        case PickleStart::weak: return Claim::weak;
        case PickleStart::strong: return Claim::strong;
    }
    return Claim::no;
}

/// A zip that is the last member of a tar ends where the tar ends; it is read as that member. One
/// behind a TFLite model is read by that format's check.
Claim recognise_zip(Bytes bytes, const Limits& /*limits*/) {
    if (!zip::recognise(bytes) || tflite::recognise(bytes)) return Claim::no;
    return starts_with(bytes, "PK") || !tar::recognise(bytes) ? Claim::strong : Claim::no;
}

/// The text of a TensorFlow message has colons as YAML has them.
Claim recognise_yaml_alone(Bytes bytes, const Limits& limits) {
    const bool other = recognise_tensorflow_text(bytes, limits) != Claim::no;
    return other ? Claim::no : recognise_yaml(bytes, limits);
}

void check_whole_pickle(Scan& scan, const Artifact& artifact) { check_pickle(scan, artifact); }

/// Recognised to the last byte, and nothing in it that a loader would run or open.
void check_data(Scan& /*scan*/, const Artifact& /*artifact*/) {}

constexpr auto kFormats = std::to_array<Format>({
    {"pickle", recognise_pickle, check_whole_pickle},
    {"tar", strongly<tar::recognise>, check_tar},
    {"zip", recognise_zip, check_zip},
    {"joblib-zfile", strongly<zfile::recognise>, check_zfile},
    {"npy", strongly<numpy::recognise>, check_npy},
    {"safetensors", strongly<safetensors::recognise>, check_safetensors},
    {"flax", recognise_msgpack, check_msgpack},
    {"rds", strongly<rds::recognise>, check_rds},
    {"rda", strongly<rds::recognise_workspace>, check_rds},
    {"torch7", strongly<torch7::recognise>, check_torch7},
    {"matlab", strongly<matlab::recognise>, check_matlab},
    {"matlab-4", weakly<matlab::recognise_4>, check_matlab_4},
    {"netcdf", strongly<netcdf::recognise>, check_netcdf},
    {"fasttext", weakly<fasttext::recognise>, check_fasttext},
    {"word2vec", weakly<word2vec::recognise>, check_word2vec},
    {"mxnet-params", strongly<mxnet::recognise>, check_mxnet},
    {"lightgbm", strongly<lightgbm::recognise>, check_lightgbm},
    {"xgboost-ubjson", strongly<xgboost::recognise_ubjson>, check_xgboost_ubjson},
    {"xgboost-binary", weakly<xgboost::recognise_binary>, check_xgboost_binary},
    {"idx", weakly<idx::recognise>, check_idx},
    {"nnef-tensor", strongly<nnef::recognise>, check_nnef},
    {"gguf", strongly<gguf::recognise>, check_gguf},
    {"ggml", strongly<ggml::recognise>, check_ggml},
    {"onnx", weakly<onnx::recognise>, check_onnx},
    {"tflite", strongly<tflite::recognise>, check_tflite},
    {"onnxruntime", strongly<ort::recognise>, check_ort},
    {"executorch", strongly<executorch::recognise_program>, check_executorch},
    {"executorch-data", strongly<executorch::recognise_tensors>, check_executorch_data},
    {"onnx-tensor", weakly<onnx::recognise_tensor>, check_onnx_tensor},
    {"onnx-sequence", weakly<onnx::recognise_sequence>, check_onnx_sequence},
    {"onnx-node", weakly<onnx::recognise_node>, check_onnx_node},
    {"tf-savedmodel", recognise_saved_model, check_saved_model},
    {"tf-metagraph", recognise_meta_graph, check_meta_graph},
    {"tf-graphdef", recognise_graph, check_graph},
    {"keras-metadata", recognise_keras_metadata, check_keras_metadata},
    {"tf-fingerprint", weakly<tensorflow::recognise_fingerprint>, check_data},
    {"paddle", weakly<paddle::recognise>, check_paddle},
    {"sentencepiece", weakly<sentencepiece::recognise>, check_data},
    {"tf-checkpoint", strongly<tensorbundle::recognise>, check_bundle_index},
    {"hdf5", recognise_hdf5, check_hdf5},
});

constexpr auto kTextFormats = std::to_array<Format>({
    {"json", recognise_json, check_json},
    {"onnx-text", recognise_onnx_text, check_onnx_text},
    {"tf-text", recognise_tensorflow_text, check_tensorflow_text},
    {"xml", recognise_xml, check_xml},
    {"spacy-config", recognise_spacy, check_spacy},
    {"requirements", recognise_requirements, check_requirements_text},
    {"yaml", recognise_yaml_alone, check_yaml},
    {"python", recognise_python, check_python},
    {"script", recognise_script, check_script},
    {"jinja", recognise_jinja, check_jinja},
});

}  // namespace

std::span<const Format> formats() { return kFormats; }
std::span<const Format> text_formats() { return kTextFormats; }

}  // namespace pratique::scanner
