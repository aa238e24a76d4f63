// Numbers of fewer than eight bits. Some formats write one per byte, which is how they lie in
// memory while a program computes with them; a tensor of this project has them packed, the first in
// the lowest bits, so that one type has one form wherever it came from.
#pragma once

#include "sandbox/loader/output_writer.h"

namespace pratique::loader {

/// How many bits an element has that shares its bytes with others; 0 if it shares none.
unsigned narrow_bits(const Dtype& dtype);

/// Packs numbers of `bits` bits, two, four or six, behind each other.
class Packer {
public:
    Packer(OutputWriter& out, unsigned bits) : out_(out), bits_(bits) {}

    Status put(std::uint64_t number);
    /// Fills up the last byte with zeros.
    Status finish();

private:
    OutputWriter& out_;
    unsigned bits_;
    std::uint64_t waiting_ = 0;
    unsigned waiting_bits_ = 0;
};

/// Makes `tensor`, whose type is narrow, point at the elements in `bytes`, one per byte. Errors:
/// size_mismatch; bad_number (a byte that holds more than such a number; `offset` is that of
/// bytes[0] in the artifact), limit_bytes, io.
Status put_narrow(Load& load, Tensor& tensor, Bytes bytes, std::uint64_t offset);

}  // namespace pratique::loader
