#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

#include "layer.h"

namespace escapes {
namespace {

namespace fs = std::filesystem;

Descriptor listen_on(int family, const void* address, std::size_t size) {
    Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(socket.get(), static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) !=
            0 ||
        ::listen(socket.get(), 64) != 0) {
        BOOST_FAIL("listen: " << ::strerrorname_np(errno));
    }
    return socket;
}

/// sockaddr_un without what follows the name.
std::string local_address(std::string_view name) {
    const sa_family_t family = AF_UNIX;
    std::string address(reinterpret_cast<const char*>(&family), sizeof(family));
    return address.append(name);
}

}  // namespace

Host::Host() : key_(0x50520000 + (::getpid() & 0xffff)) {
    folder_ = (fs::temp_directory_path() / "pratique-host-XXXXXX").string();
    if (::mkdtemp(folder_.data()) == nullptr) BOOST_FAIL("mkdtemp");
    fs::permissions(folder_, fs::perms::all);
    restore();
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listening_.push_back(listen_on(AF_INET, &any, sizeof(any)));
    socklen_t size = sizeof(any);
    ::getsockname(listening_[0].get(), reinterpret_cast<sockaddr*>(&any), &size);
    port_ = any.sin_port;
    for (const std::string& address : {abstract_socket(), named_socket()}) {
        listening_.push_back(listen_on(AF_UNIX, address.data(), address.size()));
    }
    shared_memory_ = ::shmget(key_, 4096, IPC_CREAT | 0666);
    if (shared_memory_ < 0) BOOST_FAIL("shmget: " << ::strerrorname_np(errno));
}

Host::~Host() {
    ::shmctl(shared_memory_, IPC_RMID, nullptr);
    fs::remove_all(folder_);
}

void Host::restore() const {
    for (const auto& entry : fs::directory_iterator(folder_)) {
        if (entry.path().filename() != "socket") fs::remove_all(entry.path());
    }
    fs::create_directory(path("folder"));
    fs::permissions(path("folder"), fs::perms::all);
    for (const char* name : {"file", "folder/file"}) {
        std::ofstream(path(name)) << "content";
        fs::permissions(path(name), fs::perms::all);
    }
    std::ofstream(path("private")) << "content";
    fs::permissions(path("private"), fs::perms::owner_read | fs::perms::owner_write);
}

Value Host::tcp() const {
    const std::uint64_t loopback = htonl(INADDR_LOOPBACK);
    return words(pair(AF_INET | std::uint32_t{port_} << 16, loopback), 0);
}

std::string Host::abstract_socket() const {
    return local_address(std::string(1, '\0') + fs::path(folder_).filename().string());
}

std::string Host::named_socket() const { return local_address(path("socket")); }

}  // namespace escapes
