// Names of files and folders that are not whole yet. Each goes with its object, unless it was
// given its final name before; and all of them at once, when the program must end at a moment that
// is not its own choice (cli/interrupt.h), so that nothing of it stays behind.
#pragma once

#include <functional>
#include <string>

namespace pratique::api {

class Temporary {
public:
    Temporary() = default;
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() { remove(); }

    /// Calls `create`, which makes the name in `folder` (a descriptor, which must stay open for as
    /// long as this has a name, or AT_FDCWD) and returns 0 or an errno, which is handed on. Once
    /// per object.
    int make(int folder, std::string name, const std::function<int()>& create);
    /// Empty: none, or no more.
    const std::string& name() const { return name_; }
    /// The name is gone: it was exchanged for another.
    void release();
    /// Removes what has the name, a folder with all that lies in it.
    void remove();

    /// Removes all that there are. Nothing is made after it: who tries waits, for an end that is
    /// near. Not for signal handlers.
    static void remove_all();

private:
    void unlink() const;

    int folder_ = -1;
    std::string name_;
};

}  // namespace pratique::api
