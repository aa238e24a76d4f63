#include "scanner/checks/python/acts.h"

#include <algorithm>
#include <array>

#include "rules/rules.h"

namespace pratique::scanner {
namespace {

struct Row {
    std::string_view name;  // with `.*`: everything below it
    Act act;
};

constexpr auto kRows = std::to_array<Row>({
    {"IPython.utils.process.*", Act::command},
    {"_posixsubprocess.fork_exec", Act::command},
    {"aiohttp.ClientSession.post", Act::send},
    {"asyncio.create_subprocess_exec", Act::command},
    {"asyncio.create_subprocess_shell", Act::command},
    {"asyncio.open_connection", Act::connect},
    {"builtins.__import__", Act::look_up},
    {"builtins.compile", Act::evaluate},
    {"builtins.eval", Act::evaluate},
    {"builtins.exec", Act::evaluate},
    {"builtins.execfile", Act::evaluate},
    {"builtins.getattr", Act::look_up},
    {"builtins.open", Act::write},
    {"cPickle.load", Act::deserialize},
    {"cPickle.loads", Act::deserialize},
    {"cProfile.run", Act::evaluate},
    {"cProfile.runctx", Act::evaluate},
    {"cffi.FFI.dlopen", Act::native},
    {"cloudpickle.load", Act::deserialize},
    {"cloudpickle.loads", Act::deserialize},
    {"code.InteractiveConsole.push", Act::evaluate},
    {"code.InteractiveInterpreter.runcode", Act::evaluate},
    {"code.InteractiveInterpreter.runsource", Act::evaluate},
    {"codecs.open", Act::write},
    {"commands.getoutput", Act::command},
    {"commands.getstatusoutput", Act::command},
    {"ctypes.CDLL", Act::native},
    {"ctypes.LibraryLoader.LoadLibrary", Act::native},
    {"ctypes.PyDLL", Act::native},
    {"ctypes.WinDLL", Act::native},
    {"ctypes.cdll.*", Act::native},
    {"ctypes.pydll.*", Act::native},
    {"ctypes.windll.*", Act::native},
    {"dill.load", Act::deserialize},
    {"dill.loads", Act::deserialize},
    {"fabric.Connection.*", Act::command},
    {"ftplib.FTP", Act::connect},
    {"ftplib.FTP_TLS", Act::connect},
    {"http.client.HTTPConnection.request", Act::send},
    {"http.client.HTTPSConnection.request", Act::send},
    {"httpx.get", Act::fetch},
    {"httpx.post", Act::send},
    {"httpx.put", Act::send},
    {"importlib.import_module", Act::look_up},
    {"invoke.run", Act::command},
    {"io.open", Act::write},
    {"marshal.load", Act::deserialize},
    {"marshal.loads", Act::deserialize},
    {"nt.popen", Act::command},
    {"nt.startfile", Act::command},
    {"nt.system", Act::command},
    {"os.execl", Act::command},
    {"os.execle", Act::command},
    {"os.execlp", Act::command},
    {"os.execlpe", Act::command},
    {"os.execv", Act::command},
    {"os.execve", Act::command},
    {"os.execvp", Act::command},
    {"os.execvpe", Act::command},
    {"os.popen", Act::command},
    {"os.popen2", Act::command},
    {"os.popen3", Act::command},
    {"os.popen4", Act::command},
    {"os.posix_spawn", Act::command},
    {"os.posix_spawnp", Act::command},
    {"os.remove", Act::write},
    {"os.rename", Act::write},
    {"os.replace", Act::write},
    {"os.spawnl", Act::command},
    {"os.spawnle", Act::command},
    {"os.spawnlp", Act::command},
    {"os.spawnlpe", Act::command},
    {"os.spawnv", Act::command},
    {"os.spawnve", Act::command},
    {"os.spawnvp", Act::command},
    {"os.spawnvpe", Act::command},
    {"os.startfile", Act::command},
    {"os.symlink", Act::write},
    {"os.system", Act::command},
    {"os.unlink", Act::write},
    {"paramiko.SSHClient.connect", Act::connect},
    {"pathlib.Path.unlink", Act::write},
    {"pathlib.Path.write_bytes", Act::write},
    {"pathlib.Path.write_text", Act::write},
    {"pexpect.run", Act::command},
    {"pexpect.spawn", Act::command},
    {"pickle.load", Act::deserialize},
    {"pickle.loads", Act::deserialize},
    {"pip._internal.cli.main.main", Act::command},
    {"pip._internal.main", Act::command},
    {"pip.main", Act::command},
    {"plumbum.cmd.*", Act::command},
    {"popen2.popen2", Act::command},
    {"popen2.popen3", Act::command},
    {"popen2.popen4", Act::command},
    {"posix.execv", Act::command},
    {"posix.execve", Act::command},
    {"posix.popen", Act::command},
    {"posix.posix_spawn", Act::command},
    {"posix.posix_spawnp", Act::command},
    {"posix.system", Act::command},
    {"profile.run", Act::evaluate},
    {"profile.runctx", Act::evaluate},
    {"psutil.Popen", Act::command},
    {"pty.spawn", Act::command},
    {"requests.Session.get", Act::fetch},
    {"requests.Session.post", Act::send},
    {"requests.Session.put", Act::send},
    {"requests.api.get", Act::fetch},
    {"requests.api.post", Act::send},
    {"requests.get", Act::fetch},
    {"requests.head", Act::fetch},
    {"requests.patch", Act::send},
    {"requests.post", Act::send},
    {"requests.put", Act::send},
    {"requests.request", Act::send},
    {"runpy.run_code", Act::evaluate},
    {"runpy.run_module", Act::evaluate},
    {"runpy.run_path", Act::evaluate},
    {"sh.*", Act::command},
    {"shutil.copy", Act::write},
    {"shutil.copyfile", Act::write},
    {"shutil.move", Act::write},
    {"shutil.rmtree", Act::write},
    {"six.exec_", Act::evaluate},
    {"smtplib.SMTP", Act::connect},
    {"smtplib.SMTP_SSL", Act::connect},
    {"socket.create_connection", Act::connect},
    {"socket.socket.bind", Act::connect},
    {"socket.socket.connect", Act::connect},
    {"socket.socket.connect_ex", Act::connect},
    {"socket.socket.sendto", Act::connect},
    {"subprocess.Popen", Act::command},
    {"subprocess.call", Act::command},
    {"subprocess.check_call", Act::command},
    {"subprocess.check_output", Act::command},
    {"subprocess.getoutput", Act::command},
    {"subprocess.getstatusoutput", Act::command},
    {"subprocess.run", Act::command},
    {"telnetlib.Telnet", Act::connect},
    {"tensorflow.load_library", Act::native},
    {"tensorflow.load_op_library", Act::native},
    {"timeit.repeat", Act::evaluate},
    {"timeit.timeit", Act::evaluate},
    {"torch.classes.load_library", Act::native},
    {"torch.ops.load_library", Act::native},
    {"torch.utils.cpp_extension.load", Act::native},
    {"torch.utils.cpp_extension.load_inline", Act::native},
    {"types.CodeType", Act::evaluate},
    {"types.FunctionType", Act::evaluate},
    {"urllib.request.Request", Act::fetch},
    {"urllib.request.urlopen", Act::fetch},
    {"urllib.request.urlretrieve", Act::fetch},
    {"urllib.urlopen", Act::fetch},
    {"urllib.urlretrieve", Act::fetch},
    {"urllib2.urlopen", Act::fetch},
    {"urllib3.PoolManager.request", Act::send},
    {"websocket.create_connection", Act::connect},
    {"wget.download", Act::fetch},
});
static_assert(std::ranges::is_sorted(kRows, {}, &Row::name));

/// Rules whose names harm when a pickle calls them, and which programs use all day.
bool is_ordinary(const rules::Rule& rule, std::string_view name) {
    constexpr auto kRules = std::to_array<std::string_view>(
        {"CALLS-ITS-ARGUMENT", "COPYREG-TABLES", "GARBAGE-COLLECTOR", "IMPORT-MACHINERY",
         "INTERNALS-CRITICAL", "NATIVE-CODE", "OS-OTHER", "OS-PROCESS", "SYS-HOOKS",
         "UUID-COMMANDS", "BUILTINS-TYPE", "DESERIALIZE"});
    constexpr auto kPackages = std::to_array<std::string_view>({"cmd.",        "dataclasses.",
                                                                "distutils.",  "inspect.",
                                                                "lib2to3.",    "logging.config.",
                                                                "optparse.",   "test.",
                                                                "typing.",     "typing_extensions.",
                                                                "unittest.",   "webbrowser.",
                                                                "cgi.",        "doctest.",
                                                                "pdb.",        "bdb.",
                                                                "trace.",      "pydoc.",
                                                                "cProfile.",   "profile.",
                                                                "code.",       "codeop.",
                                                                "py_compile.", "compileall.",
                                                                "timeit.",     "modulefinder.",
                                                                "venv.",       "ensurepip."});
    if (rule.id.starts_with("TP-") || std::ranges::find(kRules, rule.id) != kRules.end())
        return true;
    return std::ranges::any_of(kPackages, [&](auto package) { return name.starts_with(package); });
}

}  // namespace

std::optional<Act> act_of(std::string_view name) {
    const auto* row = std::ranges::upper_bound(kRows, name, {}, &Row::name);
    if (row != kRows.begin() && std::prev(row)->name == name) return std::prev(row)->act;
    for (auto dot = name.rfind('.'); dot != std::string_view::npos;
         dot = name.rfind('.', dot - 1)) {
        const std::string below = std::string(name.substr(0, dot)) + ".*";
        const auto* found = std::ranges::lower_bound(kRows, below, {}, &Row::name);
        if (found != kRows.end() && found->name == below) return found->act;
        if (dot == 0) break;
    }
    const rules::Rule* rule = rules::find(name);
    if (rule == nullptr || rule->standing != rules::Standing::dangerous) return std::nullopt;
    const bool critical = rule->severity == rules::Severity::critical &&
                          rules::has(rule->capabilities, rules::Capability::execute);
    return critical && !is_ordinary(*rule, name) ? std::optional(Act::gadget) : std::nullopt;
}

}  // namespace pratique::scanner
