// PaddlePaddle's programs, judged by the operators that reach out of them.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_paddle(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
