// Tensors of a pickle: what torch._utils is told to build them from. Each is a view of a storage,
// and torch takes the numbers as they come; a view that reaches beyond its storage reads memory
// that is not the file's (CVE-2026-24747 is of this kind).
//
//   _rebuild_tensor(storage, offset, size, stride)
//   _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])
//   _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype[, metadata])
//   _rebuild_qtensor(storage, offset, size, stride, quantizer, requires_grad, hooks)
//
// Source: torch/_utils.py of PyTorch 2.12. Offset, sizes and strides count elements.
#pragma once

#include "scanner/checks/torch/torch.h"

namespace pratique::scanner {

/// Reports views that do not lie in their storages, and arguments that torch never writes.
void check_views(Scan& scan, const Artifact& artifact, const pickle::Program& program);

/// Reports keys that stand for two different storages.
void check_storage_conflicts(Scan& scan, const Artifact& artifact,
                             const std::vector<Storage>& storages);

}  // namespace pratique::scanner
