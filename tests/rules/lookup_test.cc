#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <string>

#include "rules/findings.h"
#include "rules/rules.h"

using namespace pratique::rules;

namespace {

Standing standing(std::string_view name) {
    const Rule* rule = find(name);
    return rule == nullptr ? Standing::unknown : rule->standing;
}

void expect(Standing wanted, std::initializer_list<std::string_view> names) {
    for (const std::string_view each : names) {
        BOOST_TEST_CONTEXT(each) { BOOST_TEST((standing(each) == wanted)); }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rules_lookup)

BOOST_AUTO_TEST_CASE(packages_end_at_a_dot) {
    BOOST_TEST(find("os.system")->id == "OS-PROCESS");
    BOOST_TEST(find("os.not_a_function_yet")->id == "OS-OTHER");
    BOOST_TEST(find("os")->id == "OS-OTHER");
    BOOST_TEST(find("os.path.join")->id == "FILE-ENUMERATION");
    expect(Standing::unknown, {"", ".", "os.PathLike", "oss.system", "o", "osx", "system", ".os",
                               "subprocesses.Popen", "\xd0\xbes.system"});
}

BOOST_AUTO_TEST_CASE(exact_comes_before_internals_and_those_before_packages) {
    BOOST_TEST(find("pathlib.Path")->id == "PATHLIB");
    BOOST_TEST(find("pathlib.Path.write_text")->id == "FILE-WRITE");
    BOOST_TEST(find("imaplib.IMAP4_stream")->id == "NETWORK-PROGRAM");
    BOOST_TEST(find("imaplib.IMAP4")->id == "NETWORK");
    BOOST_TEST(find("copyreg.__newobj__")->id == "COPYREG");
    BOOST_TEST(find("sklearn.base.BaseEstimator.__init__.__globals__")->id == "INTERNALS-CRITICAL");
    BOOST_TEST(find("numpy.random._pickle.__randomstate_ctor")->id == "NUMPY-RANDOM-CONSTRUCTORS");
    BOOST_TEST(find("torch.nn.modules.linear.Linear")->id == "TORCH-CLASSES");
    BOOST_TEST(find("torch.nn.modules.module.register_module_forward_hook")->id == "TORCH-HOOKS");
}

// One name or more of each published gadget and each technique of the evasion catalogue.
const std::initializer_list<std::string_view> kGadgets{
    "os.system",
    "posix.system",
    "nt.system",
    "builtins.exec",
    "__builtin__.eval",
    "builtins.__import__",
    "builtins.getattr",
    "builtins.map",
    "builtins.type",
    "runpy._run_code",
    "timeit.timeit",
    "timeit.repeat",
    "cProfile.runctx",
    "profile.Profile.run",
    "pdb.run",
    "bdb.Bdb.run",
    "trace.Trace.runctx",
    "doctest.debug_script",
    "code.InteractiveInterpreter.runcode",
    "idlelib.run.Executive.runcode",
    "lib2to3.pgen2.grammar.Grammar.loads",
    "pathlib.PosixPath.write_bytes",
    "codecs.open",
    "_io.FileIO",
    "logging.FileHandler",
    "logging.config.dictConfig",
    "distutils.file_util.write_file",
    "sqlite3.connect",
    "shelve.open",
    "gzip.open",
    "shutil.copyfile",
    "tarfile.TarFile.extractall",
    "numpy.memmap",
    "numpy.core.memmap.memmap",
    "numpy.load",
    "numpy.fromfile",
    "linecache.getlines",
    "glob.glob",
    "os.listdir",
    "socket.socket",
    "urllib.request.urlopen",
    "ssl.get_server_certificate",
    "smtplib.SMTP",
    "webbrowser.open",
    "http.client.HTTPSConnection",
    "xmlrpc.client.ServerProxy",
    "requests.api.get",
    "pandas.read_csv",
    "torch.hub.load_state_dict_from_url",
    "importlib.import_module",
    "importlib.machinery.SourceFileLoader.load_module",
    "zipimport.zipimporter",
    "site.addsitedir",
    "imp.load_source",
    "pkgutil.resolve_name",
    "pydoc.locate",
    "operator.attrgetter",
    "_operator.methodcaller",
    "inspect.getattr_static",
    "functools.partial",
    "functools.reduce",
    "copy._reconstruct",
    "atexit.register",
    "weakref.finalize",
    "threading.Timer",
    "gc.callbacks",
    "sys.modules",
    "sys.excepthook",
    "copyreg._inverted_registry",
    "object.__subclasses__",
    "pickle.loads",
    "_pickle.Unpickler",
    "pickle._loads",
    "multiprocessing.reduction.ForkingPickler.loads",
    "marshal.loads",
    "ctypes.CDLL",
    "uuid._popen",
    "platform.popen",
    "antigravity.geohash",
    "this.s",
    "typing.get_type_hints",
    "dataclasses.make_dataclass",
    "mlflow.projects.backend.local._run_entry_point",
    "IPython.utils.process.system",
    "pexpect.run",
    "psutil.Popen",
    "hydra.utils.instantiate",
    "yaml.unsafe_load",
    "jsonpickle.decode",
    "pandas.eval",
    "pandas.read_pickle",
    "sympy.sympify",
    "six.moves.builtins.exec",
    "cffi.FFI",
    "jinja2.Template",
    "tensorflow.io.gfile.GFile",
    "tensorizer.TensorDeserializer",
    "keras.utils.get_file",
    "torch.load",
    "torch.serialization.load",
    "torch._dynamo.guards.GuardBuilder.get",
    "torch._inductor.codecache.compile_file",
    "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression",
    "torch.jit.unsupported_tensor_ops.execWrapper",
    "torch.utils._config_module.ConfigModule.load_config",
    "torch.utils.bottleneck.__main__.run_cprofile",
    "torch.utils.collect_env.run",
    "torch.utils.data.datapipes.utils.decoder.basichandlers",
    "torch._utils._import_dotted_name",
    "numpy.core._ufunc_reconstruct",
    "numpy.testing._private.utils.runstring",
    "numpy.f2py.crackfortran.getlincoef",
    "scipy.stats._continuous_distns.norm_gen",
    "stable_baselines3.common.vec_env.base_vec_env.CloudpickleWrapper",
    "nltk.data.LazyLoader",
    "joblib.load",
    "dill.loads",
    "cloudpickle.cloudpickle.subimport"};

BOOST_AUTO_TEST_CASE(gadgets_are_dangerous) { expect(Standing::dangerous, kGadgets); }

BOOST_AUTO_TEST_CASE(code_that_is_carried_is_neither_vetted_nor_dangerous) {
    expect(Standing::carried,
           {"types.CodeType", "types.FunctionType", "cloudpickle.cloudpickle._make_function",
            "cloudpickle.cloudpickle_fast._function_setstate", "dill._dill._create_function",
            "dill._dill._load_type"});
    BOOST_TEST((find("types.CodeType")->severity == Severity::medium));
    BOOST_TEST(has(find("types.CodeType")->capabilities, Capability::execute));
}

BOOST_AUTO_TEST_CASE(severities_of_call_and_import) {
    const Rule& system = *find("os.system");
    BOOST_TEST((system.severity == Severity::critical));
    BOOST_TEST((system.import_severity == Severity::high));
    BOOST_TEST(has(system.capabilities, Capability::execute));
    const Rule& write = *find("pathlib.Path.write_text");
    BOOST_TEST((write.severity == Severity::high));
    BOOST_TEST((write.import_severity == Severity::medium));
    BOOST_TEST(has(write.capabilities, Capability::file_write));
    BOOST_TEST(!has(write.capabilities, Capability::execute));
    BOOST_TEST((find("glob.glob")->severity == Severity::medium));
    BOOST_TEST((find("functools.partial")->severity == Severity::medium));
    BOOST_TEST((find("torch.storage._load_from_bytes")->import_severity == Severity::info));
}

BOOST_AUTO_TEST_CASE(ordinary_pickles_are_vouched_for) {
    for (const std::string_view called :
         {"collections.OrderedDict", "builtins.set", "copyreg._reconstructor", "_codecs.encode",
          "numpy.core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy.dtype",
          "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "torch.Size",
          "torch.device", "pathlib.PosixPath", "datetime.datetime", "sklearn.tree._tree.Tree",
          "pandas._libs.internals._unpickle_block", "pandas.core.indexes.base._new_Index",
          "numpy.random._pickle.__randomstate_ctor", "logging.getLogger",
          "transformers.trainer_utils.IntervalStrategy"}) {
        BOOST_TEST_CONTEXT(called) { BOOST_TEST(vouches(called, Effect::call)); }
    }
    for (const std::string_view made :
         {"sklearn.svm._classes.SVC", "sklearn.ensemble.forest.RandomForestClassifier",
          "torch.nn.modules.conv.Conv2d", "torch.optim.adam.Adam", "torch.nn.parameter.Parameter",
          "scipy.sparse._csr.csr_matrix", "pandas.core.frame.DataFrame",
          "xgboost.sklearn.XGBClassifier", "gymnasium.spaces.box.Box",
          "joblib.numpy_pickle.NumpyArrayWrapper", "argparse.Namespace",
          "transformers.training_args.TrainingArguments"}) {
        BOOST_TEST_CONTEXT(made) {
            BOOST_TEST(vouches(made, Effect::construct));
            BOOST_TEST(vouches(made, Effect::set_state));
        }
    }
    BOOST_TEST(vouches("torch.FloatStorage", Effect::import_));
}

BOOST_AUTO_TEST_CASE(what_calls_its_argument_says_so) {
    const Rule& rebuild = *find("torch._tensor._rebuild_from_type_v2");
    BOOST_TEST(rebuild.followed_argument == 0);
    BOOST_TEST((rebuild.followed_effect == Effect::call));
    const Rule& random = *find("numpy.random._pickle.__randomstate_ctor");
    BOOST_TEST(random.followed_argument == 1);
    const Rule& instance = *find("copyreg.__newobj__");
    BOOST_TEST(instance.followed_argument == 0);
    BOOST_TEST((instance.followed_effect == Effect::construct));
    BOOST_TEST(find("collections.OrderedDict")->followed_argument == -1);
}

BOOST_AUTO_TEST_CASE(a_package_vouches_for_its_own_classes_only) {
    BOOST_TEST(vouches("sklearn.svm._classes.SVC", Effect::construct));
    BOOST_TEST(!vouches("sklearn.svm._classes.SVC", Effect::call));
    for (const std::string_view not_so :
         {"sklearn.svm.tests.test_svm.SVC", "sklearn.__main__.SVC", "sklearn.conftest.Fixture",
          "sklearn.svm._base.np.ndarray", "sklearn.svm._base.warnings.catch_warnings",
          "numpy.core.memmap.memmap", "numpy.lib._datasource.DataSource",
          "numpy.lib.arrayterator.Arrayterator", "torch.nn.parallel.distributed.Other"}) {
        BOOST_TEST_CONTEXT(not_so) { BOOST_TEST(!vouches(not_so, Effect::construct)); }
    }
}

BOOST_AUTO_TEST_CASE(modules_lend_out_modules) {
    BOOST_TEST((reexport("random", "_os") == std::optional<std::string_view>("os")));
    BOOST_TEST((reexport("json", "codecs") == std::optional<std::string_view>("codecs")));
    BOOST_TEST((reexport("codecs", "builtins") == std::optional<std::string_view>("builtins")));
    BOOST_TEST((reexport("logging", "os") == std::optional<std::string_view>("os")));
    BOOST_TEST((reexport("importlib._bootstrap_external", "_os") ==
                std::optional<std::string_view>("posix")));
    BOOST_TEST((reexport("os", "path") == std::optional<std::string_view>("posixpath")));
    BOOST_TEST(!reexport("random", "os"));
    BOOST_TEST(!reexport("", ""));
    BOOST_TEST(find("tokenize._builtin_open")->id == "BUILTINS-OPEN");
}

BOOST_AUTO_TEST_CASE(names_of_python_2) {
    using Pair = std::pair<std::string_view, std::string_view>;
    BOOST_TEST((python3_name("__builtin__", "eval") == Pair("builtins", "eval")));
    BOOST_TEST((python3_name("__builtin__", "xrange") == Pair("builtins", "range")));
    BOOST_TEST((python3_name("copy_reg", "_reconstructor") == Pair("copyreg", "_reconstructor")));
    // The table of names comes first: the module of this one would become functools otherwise.
    BOOST_TEST((python3_name("itertools", "imap") == Pair("builtins", "map")));
    BOOST_TEST((python3_name("itertools", "count") == Pair("itertools", "count")));
    BOOST_TEST((python3_name("cPickle", "loads") == Pair("pickle", "loads")));
    BOOST_TEST((python3_name("os", "system") == Pair("os", "system")));
}

BOOST_AUTO_TEST_CASE(hooks) {
    for (const std::string_view hook : {"__setstate__", "__reduce__", "__hash__", "__del__",
                                        "__getattr__", "__call__", "__eq__", "__set_name__"}) {
        BOOST_TEST_CONTEXT(hook) { BOOST_TEST(is_dunder_hook(hook)); }
    }
    for (const std::string_view plain : {"", "weight", "__version__", "_sklearn_version", "__"}) {
        BOOST_TEST_CONTEXT(plain) { BOOST_TEST(!is_dunder_hook(plain)); }
    }
}

BOOST_AUTO_TEST_CASE(findings_have_stable_ids) {
    BOOST_TEST(findings().size() == kFindingCount);
    BOOST_TEST(info(RuleId::pickle_dangerous_call).id == "PRQ-PICKLE-001");
    BOOST_TEST((info(RuleId::pickle_dangerous_call).severity == Severity::critical));
    BOOST_TEST(info(RuleId::archive_escaping_name).id == "PRQ-ARCHIVE-001");
    BOOST_TEST(digest().size() == 64U);
    BOOST_TEST(name(Capability::file_write) == "file-write");
    BOOST_TEST(name(Standing::carried) == "carried");
}

BOOST_AUTO_TEST_SUITE_END()
