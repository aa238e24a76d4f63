// Flax keeps parameters in MessagePack, which is data only: what can be wrong are arrays that do
// not add up, extensions that another program gives a meaning to, and names that become paths.
#pragma once

#include "scanner/format.h"

namespace pratique::scanner {

/// Arrays under names of text make the bytes Flax's. A map without any is MessagePack if it is
/// that to the last byte.
Claim recognise_msgpack(Bytes bytes, const Limits& limits);

void check_msgpack(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
