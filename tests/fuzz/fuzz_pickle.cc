// The machine on arbitrary bytes: it ends, and what it says lies inside the stream.
#include <cassert>

#include "formats/pickle/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    for (const bool raw_arrays : {false, true}) {
        const auto program = pickle::run(bytes, 0, Limits{}, {.raw_arrays = raw_arrays});
        assert(program.end <= size && (program.error || program.root));
        for (const auto& effect : program.effects) {
            assert(effect.at < size && effect.subject);
            for (const auto item : program.items(effect.subject)) assert(program.at(item) < size);
        }
        for (const auto& edge : program.edges) assert(edge && program.at(edge) < size);
    }
    return 0;
}
