// From bytes to instructions: the only code that knows how an opcode's argument is laid out.
// The decoder keeps no state beyond its position, so the machine, the listing and the search for
// hidden pickles can each run one over the same bytes.
#pragma once

#include "base/reader.h"
#include "formats/pickle/opcodes.h"

namespace pratique::pickle {

/// One opcode with its argument. `first` holds the counted bytes or the (first) line, `second` the
/// second line; `number` the numeric argument, sign-extended. Views into the decoded bytes.
struct Instruction {
    Op op{};
    std::uint64_t at = 0;
    std::uint64_t number = 0;
    Bytes first;
    Bytes second;
    /// A text argument ran into the end of the stream: pickle.py drops its last character and goes
    /// on, C refuses it.
    bool unterminated = false;
};

class Decoder {
public:
    /// `base` is the artifact offset of bytes[0].
    explicit Decoder(Bytes bytes, std::uint64_t base = 0) : in_(bytes, base) {}

    /// The next instruction. Errors: truncated, bad_opcode, negative_length, each with the offset
    /// of the opcode it belongs to. After an error the position is unspecified.
    Result<Instruction> next();

    std::uint64_t offset() const { return in_.offset(); }
    Bytes rest() const { return in_.rest(); }
    bool at_end() const { return in_.at_end(); }
    /// Steps over raw bytes that stand between two instructions (joblib's arrays).
    Status skip(std::uint64_t count) { return in_.skip(count); }

private:
    Reader in_;
};

}  // namespace pratique::pickle
