// What calling a function does to the world, by its name. The rules of pickles cannot decide this
// alone: no model needs `os.path.join`, every program does. So this table names what acts; for
// names that it leaves out the rules are still asked, and a gadget among them is not passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pratique::scanner {

enum class Act : std::uint8_t {
    command,      // starts a program
    evaluate,     // runs source or code
    native,       // loads native code
    deserialize,  // reads an object, and runs what it asks for
    connect,      // opens a connection of its own
    fetch,        // asks for a page
    send,         // sends data
    write,        // writes, or takes away, a file
    look_up,      // finds something by a name that is given
    gadget,       // a name that the rules call critical and that no program needs
};

/// Of a resolved name: "os.system", "socket.socket.connect".
std::optional<Act> act_of(std::string_view name);

}  // namespace pratique::scanner
