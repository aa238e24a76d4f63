// The table of formats.
#include <array>

#include "formats/archive/tar.h"
#include "formats/archive/zfile.h"
#include "formats/archive/zip.h"
#include "formats/fasttext/fasttext.h"
#include "formats/hdf5/file.h"
#include "formats/idx/idx.h"
#include "formats/lightgbm/lightgbm.h"
#include "formats/matlab/matlab.h"
#include "formats/mxnet/mxnet.h"
#include "formats/netcdf/netcdf.h"
#include "formats/nnef/nnef.h"
#include "formats/numpy/npy.h"
#include "formats/onnx/model.h"
#include "formats/rds/rds.h"
#include "formats/safetensors/safetensors.h"
#include "formats/torch7/torch7.h"
#include "formats/word2vec/word2vec.h"
#include "formats/xgboost/xgboost.h"
#include "scanner/checks/archive/archive.h"
#include "scanner/checks/document/document.h"
#include "scanner/checks/flax/flax.h"
#include "scanner/checks/java/java.h"
#include "scanner/checks/matlab/matlab.h"
#include "scanner/checks/numbers/numbers.h"
#include "scanner/checks/numpy/numpy.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/rds/rds.h"
#include "scanner/checks/safetensors/safetensors.h"
#include "scanner/checks/torch7/torch7.h"
#include "scanner/format.h"
#include "scanner/identify.h"

namespace pratique::scanner {
namespace {

Claim recognise_pickle(Bytes bytes, const Limits& limits) {
    switch (pickle_start(bytes, limits)) {
        case PickleStart::no: return Claim::no;
        case PickleStart::weak: return Claim::weak;
        case PickleStart::strong: return Claim::strong;
    }
    return Claim::no;
}

/// A zip that is the last member of a tar ends where the tar ends; it is read as that member.
Claim recognise_zip(Bytes bytes, const Limits& /*limits*/) {
    if (!zip::recognise(bytes)) return Claim::no;
    return starts_with(bytes, "PK") || !tar::recognise(bytes) ? Claim::strong : Claim::no;
}

Claim recognise_hdf5(Bytes bytes, const Limits& /*limits*/) {
    return hdf5::recognise(bytes) ? Claim::strong : Claim::no;
}

void check_whole_pickle(Scan& scan, const Artifact& artifact) { check_pickle(scan, artifact); }

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
    {"hdf5", recognise_hdf5, check_not_inspected},
    {"onnx", weakly<onnx::recognise>, check_not_inspected},
});

constexpr auto kTextFormats = std::to_array<Format>({
    {"json", recognise_json, check_json},
    {"xml", recognise_xml, check_not_inspected},
    {"yaml", recognise_yaml, check_not_inspected},
});

}  // namespace

std::span<const Format> formats() { return kFormats; }
std::span<const Format> text_formats() { return kTextFormats; }

}  // namespace pratique::scanner
