#include "sandbox/loader/output_writer.h"

namespace pratique::loader {

Status OutputWriter::put(Bytes bytes) {
    for (const std::byte byte : bytes) TRY(put(byte));
    return {};
}

Status OutputWriter::put_number(std::uint64_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) TRY(put(static_cast<std::byte>(number >> (8 * i))));
    return {};
}

Status OutputWriter::finish() {
    TRY(load_.output().write(at_, piece_));
    at_ += piece_.size();
    piece_.clear();
    return {};
}

}  // namespace pratique::loader
