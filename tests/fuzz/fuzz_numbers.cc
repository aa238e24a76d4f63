// Formats that are measured: an end lies in the bytes, and recognising is no dearer than reading.
#include <cstdlib>

#include "formats/fasttext/fasttext.h"
#include "formats/idx/idx.h"
#include "formats/lightgbm/lightgbm.h"
#include "formats/matlab/matlab.h"
#include "formats/mxnet/mxnet.h"
#include "formats/netcdf/netcdf.h"
#include "formats/nnef/nnef.h"
#include "formats/torch7/torch7.h"
#include "formats/word2vec/word2vec.h"
#include "formats/xgboost/xgboost.h"

namespace {

using namespace pratique;

void expect_inside(Bytes bytes, const Result<std::uint64_t>& end) {
    if (end && *end > bytes.size()) std::abort();
}

void read_matlab(Bytes bytes) {
    const matlab::File file = matlab::read(bytes);
    for (const matlab::Variable& variable : file.variables) {
        if (!variable.packed) (void)matlab::look_into(variable.content, file.order);
    }
    (void)matlab::recognise_4(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = std::as_bytes(std::span(data, size));
    for (const auto measure : {fasttext::measure, idx::measure, mxnet::measure, netcdf::measure,
                               nnef::measure, word2vec::measure, matlab::measure_4}) {
        expect_inside(bytes, measure(bytes));
    }
    for (const auto read : {xgboost::read_binary, xgboost::read_ubjson}) {
        if (const auto model = read(bytes)) expect_inside(bytes, model->end);
    }
    for (const auto recognise :
         {fasttext::recognise, word2vec::recognise, xgboost::recognise_binary,
          xgboost::recognise_ubjson, torch7::recognise}) {
        (void)recognise(bytes);
    }
    (void)lightgbm::read(bytes);
    if (torch7::read(bytes).end > size) std::abort();
    read_matlab(bytes);
    return 0;
}
