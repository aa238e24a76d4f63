// Whatever the text is: parts of the tree lie in the tree, what a statement holds ends where it
// says, and running it ends.
#include <cstdlib>

#include "base/bytes.h"
#include "formats/jinja/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const jinja::Template source = jinja::parse(text(std::as_bytes(std::span(data, size))));
    for (std::size_t i = 0; i < source.nodes.size(); ++i) {
        for (const jinja::Index part : source.nodes[i].parts) {
            if (part >= source.nodes.size()) std::abort();
        }
    }
    for (std::size_t i = 0; i < source.statements.size(); ++i) {
        const jinja::Statement& statement = source.statements[i];
        if (statement.end <= i || statement.end > source.statements.size()) std::abort();
        for (const jinja::Index part : statement.parts) {
            if (part >= source.nodes.size()) std::abort();
        }
    }
    for (const jinja::Effect& effect : jinja::run(source).effects) {
        if (effect.offset >= size || effect.path.size() > 100) std::abort();
    }
    return 0;
}
