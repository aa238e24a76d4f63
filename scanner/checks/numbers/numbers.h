// Formats of numbers and names, in which nothing acts. They are what they say if they are so to the
// last byte; what follows is looked at as anything else is. Trees are followed by their readers
// without a look: those must not lead outside.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_fasttext(Scan& scan, const Artifact& artifact);
void check_idx(Scan& scan, const Artifact& artifact);
void check_lightgbm(Scan& scan, const Artifact& artifact);
void check_matlab_4(Scan& scan, const Artifact& artifact);
void check_mxnet(Scan& scan, const Artifact& artifact);
void check_netcdf(Scan& scan, const Artifact& artifact);
void check_nnef(Scan& scan, const Artifact& artifact);
void check_word2vec(Scan& scan, const Artifact& artifact);
void check_xgboost_binary(Scan& scan, const Artifact& artifact);
void check_xgboost_ubjson(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
