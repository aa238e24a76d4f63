// The table of formats.
#include <array>

#include "formats/archive/tar.h"
#include "formats/archive/zfile.h"
#include "formats/archive/zip.h"
#include "formats/numpy/npy.h"
#include "formats/onnx/model.h"
#include "formats/safetensors/safetensors.h"
#include "scanner/checks/archive/archive.h"
#include "scanner/checks/document/document.h"
#include "scanner/checks/hdf5/hdf5.h"
#include "scanner/checks/numpy/numpy.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/safetensors/safetensors.h"
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

void check_whole_pickle(Scan& scan, const Artifact& artifact) { check_pickle(scan, artifact); }

constexpr auto kFormats = std::to_array<Format>({
    {"pickle", recognise_pickle, check_whole_pickle},
    {"tar", strongly<tar::recognise>, check_tar},
    {"zip", recognise_zip, check_zip},
    {"joblib-zfile", strongly<zfile::recognise>, check_zfile},
    {"npy", strongly<numpy::recognise>, check_npy},
    {"safetensors", strongly<safetensors::recognise>, check_safetensors},
    {"hdf5", recognise_hdf5, check_hdf5},
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
