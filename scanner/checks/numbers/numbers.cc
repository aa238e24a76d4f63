#include "scanner/checks/numbers/numbers.h"

#include "formats/fasttext/fasttext.h"
#include "formats/idx/idx.h"
#include "formats/lightgbm/lightgbm.h"
#include "formats/matlab/matlab.h"
#include "formats/mxnet/mxnet.h"
#include "formats/netcdf/netcdf.h"
#include "formats/nnef/nnef.h"
#include "formats/word2vec/word2vec.h"
#include "formats/xgboost/xgboost.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

void check_end(Scan& scan, const Artifact& artifact, const Result<std::uint64_t>& end) {
    if (end) return inspect_unclaimed(scan, artifact, *end, artifact.bytes.size());
    scan.gap(end.error(), artifact);
    search_hidden_pickles(scan, artifact);
}

void check_stray(Scan& scan, const Artifact& artifact, std::optional<std::uint64_t> stray) {
    if (stray) scan.find(RuleId::trees_index, artifact, *stray);
}

void check_model(Scan& scan, const Artifact& artifact, const Result<xgboost::Model>& model) {
    if (!model) return check_end(scan, artifact, model.error());
    check_stray(scan, artifact, model->stray);
    check_end(scan, artifact, model->end);
}

}  // namespace

void check_fasttext(Scan& scan, const Artifact& artifact) {
    check_end(scan, artifact, fasttext::measure(artifact.bytes));
}

void check_lightgbm(Scan& scan, const Artifact& artifact) {
    const auto model = lightgbm::read(artifact.bytes);
    if (model) {
        check_stray(scan, artifact, model->stray);
    } else {
        scan.gap(model.error(), artifact);
    }
    search_hidden_pickles(scan, artifact);
}

void check_matlab_4(Scan& scan, const Artifact& artifact) {
    check_end(scan, artifact, matlab::measure_4(artifact.bytes));
}

void check_mxnet(Scan& scan, const Artifact& artifact) {
    check_end(scan, artifact, mxnet::measure(artifact.bytes));
}

void check_netcdf(Scan& scan, const Artifact& artifact) {
    check_end(scan, artifact, netcdf::measure(artifact.bytes));
}

void check_idx(Scan& scan, const Artifact& artifact) {
    check_end(scan, artifact, idx::measure(artifact.bytes));
}

void check_nnef(Scan& scan, const Artifact& artifact) {
    check_end(scan, artifact, nnef::measure(artifact.bytes));
}

void check_word2vec(Scan& scan, const Artifact& artifact) {
    check_end(scan, artifact, word2vec::measure(artifact.bytes));
}

void check_xgboost_binary(Scan& scan, const Artifact& artifact) {
    check_model(scan, artifact, xgboost::read_binary(artifact.bytes));
}

void check_xgboost_ubjson(Scan& scan, const Artifact& artifact) {
    check_model(scan, artifact, xgboost::read_ubjson(artifact.bytes));
}

}  // namespace pratique::scanner
