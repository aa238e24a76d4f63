/* Pratique for C, and for every language that can call C: what model files can do, and the tensors
 * of files from strangers. The C++ API is <pratique/pratique.h>.
 *
 *     #include <pratique.h>
 *
 *     pratique_model* model = NULL;
 *     pratique_error* error = NULL;
 *     if (pratique_load("model.pt", NULL, &model, &error) != PRATIQUE_OK) {
 *         fprintf(stderr, "%s\n", pratique_error_message(error));
 *         pratique_error_free(error);
 *         return 1;
 *     }
 *     pratique_model_info info = PRATIQUE_SIZED(pratique_model_info);
 *     pratique_model_get(model, &info);
 *     ... info.tensors[0 .. info.tensor_count - 1] ...
 *     pratique_model_free(model);
 *
 * Structs that the caller makes begin with their size: it says which of the members the caller
 * knows, so that later versions can add some at the end. Options are set up by their function
 * pratique_…_init(); a null pointer instead of options means the defaults. Enumerators and members
 * keep their values and places for as long as the library is libpratique.so.0 with the symbol
 * version PRATIQUE_1.
 *
 * Every function is thread-safe, and there is no global state: handles may be used by several
 * threads, and after fork(), until one of them frees it. No C++ exception leaves the library.
 *
 * Texts belong to the handle that they came from and live as long. They end in a NUL that `size`
 * does not count, and may hold others before. Names and values from files are handed out as they
 * are, mostly UTF-8: whoever prints them escapes them. Messages, codes, paths, places and reports
 * are UTF-8 and safe to print. */
#ifndef PRATIQUE_H_
#define PRATIQUE_H_

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
extern "C" {
#else
#include <stddef.h>
#include <stdint.h>
#endif

#if defined(__GNUC__)
#define PRATIQUE_C_API __attribute__((visibility("default")))
#else
#define PRATIQUE_C_API
#endif

struct DLManagedTensor;
struct DLManagedTensorVersioned;

/* What every function that can fail returns; 0, 1, 2 and 64 are the program's exit codes, too. */
enum {
    PRATIQUE_OK = 0,
    PRATIQUE_REFUSED = 1,     /* it was looked at, and the answer is no */
    PRATIQUE_UNDECIDED = 2,   /* nothing is known: an error of the system, a crash, no sandbox */
    PRATIQUE_INTERRUPTED = 3, /* by pratique_cancel_set() */
    PRATIQUE_NO_MEMORY = 4,   /* there is no pratique_error then */
    PRATIQUE_USAGE = 64       /* the call makes no sense: an unknown flag, a null pointer */
};

typedef struct pratique_error pratique_error;
typedef struct pratique_model pratique_model;
typedef struct pratique_report pratique_report;
typedef struct pratique_cancel pratique_cancel;

typedef struct pratique_text {
    const char* data; /* never null */
    size_t size;
} pratique_text;

/* "0.1.0", of the library that runs. */
PRATIQUE_C_API const char* pratique_version(void);

/* A struct of this type, all zeros but for its size. */
#ifdef __cplusplus
#define PRATIQUE_SIZED(type) (type{sizeof(type)})
#else
#define PRATIQUE_SIZED(type) ((type){sizeof(type)})
#endif

/* --- Errors -------------------------------------------------------------------------------------
 * A function that fails stores one through its last argument, unless that is null. */

typedef struct pratique_error_info {
    size_t size;
    int32_t status;         /* as it was returned */
    int32_t has_offset;     /* whether `offset` means something */
    uint64_t offset;        /* bytes, from the start of `place` */
    pratique_text message;  /* one line for people */
    pratique_text code;     /* for programs: "truncated", "malicious", "no-sandbox", …; stable */
    pratique_text path;     /* of the file, or of one beside it that it needs */
    pratique_text place;    /* inside the file: "archive/data.pkl"; mostly empty */
    pratique_text findings; /* of a malicious file: a JSON array, as in a report (docs/report.md) */
} pratique_error_info;

PRATIQUE_C_API void pratique_error_get(const pratique_error* error, pratique_error_info* info);
/* Its message alone; words for a null pointer, too. */
PRATIQUE_C_API const char* pratique_error_message(const pratique_error* error);
PRATIQUE_C_API void pratique_error_free(pratique_error* error);

/* --- Giving up ----------------------------------------------------------------------------------
 * A flag that one thread, or a signal handler, sets to make calls that were given it return
 * PRATIQUE_INTERRUPTED, within a tenth of a second while files are read, copied, hashed or
 * written. Nothing half-written is left. */

PRATIQUE_C_API pratique_cancel* pratique_cancel_new(void); /* null: no descriptor left */
PRATIQUE_C_API void pratique_cancel_set(pratique_cancel* cancel);
PRATIQUE_C_API void pratique_cancel_free(pratique_cancel* cancel);

/* --- How files are read: what all calls share --- */

/* How strongly the reading process is locked down. */
enum {
    PRATIQUE_TIER_NONE = 0,
    PRATIQUE_TIER_BASIC = 1,  /* seccomp */
    PRATIQUE_TIER_STRONG = 2, /* and Landlock */
    PRATIQUE_TIER_FULL = 3    /* and namespaces */
};

/* What ties an answer to the bytes that were checked. */
enum {
    PRATIQUE_BINDING_WEAK = 0,    /* the live file, compared before and after */
    PRATIQUE_BINDING_VERITY = 1,  /* the live file, which the kernel keeps from changing */
    PRATIQUE_BINDING_SNAPSHOT = 2 /* a copy that nobody can change */
};

typedef struct pratique_reading {
    size_t size;
    const pratique_cancel* cancel; /* null: nobody gives up */
    const char* worker;            /* absolute path of the worker program; null: the one that was
                                      installed with this library */
    const char* cgroup;            /* a folder of cgroup2 for the workers' groups, or null */
    const char* snapshot_folder;   /* for copies on disk; null: the system's for temporary files */
    uint64_t max_snapshot_memory;  /* for copies; what goes beyond it is copied to disk */
    uint64_t max_decompressed_bytes; /* of one file */
    uint64_t max_ratio;              /* decompressed bytes per byte */
    uint64_t max_worker_memory;
    uint32_t max_depth; /* containers inside containers */
    uint32_t max_members;
    uint32_t max_seconds;   /* for one file */
    uint32_t min_isolation; /* PRATIQUE_TIER_…: fail rather than read files with less */
} pratique_reading;

PRATIQUE_C_API void pratique_reading_init(pratique_reading* reading, size_t size);

/* --- Loading --- */

/* What comes out of a file, and what it may do to be let in. */
enum {
    PRATIQUE_MODE_TENSORS = 0, /* tensors only */
    PRATIQUE_MODE_INERT = 1,   /* and all other values as inert data; refused if malicious */
    PRATIQUE_MODE_STRICT = 2   /* as inert; refused for callables not known to build plain data */
};

enum {
    PRATIQUE_LOAD_VIEW = 1,            /* use the file where it is, and not a copy: if it becomes
                                          shorter, reading lost bytes ends the program (SIGBUS) */
    PRATIQUE_LOAD_DEQUANTIZE = 2,      /* blocks of quantised values of GGUF become float32 */
    PRATIQUE_LOAD_ALLOW_MALICIOUS = 4, /* load what the scan calls malicious */
    PRATIQUE_LOAD_HASH = 8,            /* hash the file */
    PRATIQUE_LOAD_WRITABLE = 16        /* mapped bytes can be written to: copy on write */
};

typedef struct pratique_load_options {
    size_t size;
    const pratique_reading* reading;
    const char* admitted;      /* a record of a gate: no other file is loaded. Or null */
    uint64_t max_tensor_bytes; /* that all tensors stand for; four times the file is allowed */
    uint32_t mode;
    uint32_t flags; /* PRATIQUE_LOAD_… */
} pratique_load_options;

PRATIQUE_C_API void pratique_load_options_init(pratique_load_options* options, size_t size);

/* Loads a file, with the files of the same folder that it names (shards, external data). */
PRATIQUE_C_API int pratique_load(const char* path, const pratique_load_options* options,
                                 pratique_model** model, pratique_error** error);
/* The same of an open regular file, which stays the caller's. */
PRATIQUE_C_API int pratique_load_fd(int fd, const pratique_load_options* options,
                                    pratique_model** model, pratique_error** error);
/* The tensors' data goes with it, but for what DLPack was given. */
PRATIQUE_C_API void pratique_model_free(pratique_model* model);

enum {
    PRATIQUE_DTYPE_OTHER = 0, /* what only dtype_name says: records, texts, quantised blocks */
    PRATIQUE_DTYPE_BOOL = 1,
    PRATIQUE_DTYPE_UINT8 = 2,
    PRATIQUE_DTYPE_INT8 = 3,
    PRATIQUE_DTYPE_UINT16 = 4,
    PRATIQUE_DTYPE_INT16 = 5,
    PRATIQUE_DTYPE_UINT32 = 6,
    PRATIQUE_DTYPE_INT32 = 7,
    PRATIQUE_DTYPE_UINT64 = 8,
    PRATIQUE_DTYPE_INT64 = 9,
    PRATIQUE_DTYPE_FLOAT16 = 10,
    PRATIQUE_DTYPE_BFLOAT16 = 11,
    PRATIQUE_DTYPE_FLOAT32 = 12,
    PRATIQUE_DTYPE_FLOAT64 = 13,
    PRATIQUE_DTYPE_COMPLEX32 = 14,
    PRATIQUE_DTYPE_COMPLEX64 = 15,
    PRATIQUE_DTYPE_COMPLEX128 = 16,
    PRATIQUE_DTYPE_FLOAT8_E4M3FN = 17,
    PRATIQUE_DTYPE_FLOAT8_E5M2 = 18,
    PRATIQUE_DTYPE_FLOAT8_E4M3FNUZ = 19,
    PRATIQUE_DTYPE_FLOAT8_E5M2FNUZ = 20,
    PRATIQUE_DTYPE_FLOAT8_E8M0FNU = 21
};

/* Anything but `strided` has no bytes, only components. */
enum {
    PRATIQUE_LAYOUT_STRIDED = 0,
    PRATIQUE_LAYOUT_SPARSE_COO = 1,
    PRATIQUE_LAYOUT_SPARSE_CSR = 2,
    PRATIQUE_LAYOUT_SPARSE_CSC = 3,
    PRATIQUE_LAYOUT_SPARSE_BSR = 4,
    PRATIQUE_LAYOUT_SPARSE_BSC = 5,
    PRATIQUE_LAYOUT_SPARSE_ONNX = 6,
    PRATIQUE_LAYOUT_NESTED = 7,
    PRATIQUE_LAYOUT_OBJECT = 8, /* Python objects */
    PRATIQUE_LAYOUT_META = 9    /* shape and type only */
};

enum {
    PRATIQUE_TENSOR_CONTIGUOUS = 1, /* in the usual order, nothing to be negated: `nbytes` bytes
                                       at `data` are all of it */
    PRATIQUE_TENSOR_CONJUGATE = 2,  /* imaginary parts are still to be negated */
    PRATIQUE_TENSOR_NEGATIVE = 4,   /* elements are still to be negated */
    PRATIQUE_TENSOR_PARAMETER = 8,  /* torch.nn.Parameter */
    PRATIQUE_TENSOR_REQUIRES_GRAD = 16,
    PRATIQUE_TENSOR_SCALAR = 32,   /* a number of NumPy's, not an array */
    PRATIQUE_TENSOR_QUANTIZED = 64 /* the quantizer's members mean something */
};

#define PRATIQUE_NO_SOURCE 0xFFFFFFFFU

/* One tensor. Whoever steps through an array of these uses pratique_model_info::tensor_size. */
typedef struct pratique_tensor {
    pratique_text name;        /* the keys that lead to it, with dots; not always unique */
    pratique_text state_name;  /* in the state dict of its module; mostly the same */
    pratique_text dtype_name;  /* "float32", "bfloat16", "ggml:Q4_0" */
    pratique_text numpy_descr; /* of an .npy header: "'<f4'"; empty if NumPy has no such type */
    const uint64_t* shape;
    const uint64_t* strides;   /* in elements; null: the usual order (row-major) */
    const unsigned char* data; /* the first element, little-endian, at any address; null: no data */
    uint64_t storage_bytes;    /* from the first element to behind the last, as they lie there */
    uint64_t nbytes;           /* of all elements in the usual order */
    uint64_t count;
    uint64_t element_size; /* of types of blocks: bytes of a block */
    uint64_t offset;       /* of `data` in its source */
    uint32_t source;       /* in pratique_model_info::sources, or PRATIQUE_NO_SOURCE */
    uint32_t ndim;
    uint32_t dtype;    /* PRATIQUE_DTYPE_… */
    uint32_t layout;   /* PRATIQUE_LAYOUT_… */
    uint32_t flags;    /* PRATIQUE_TENSOR_… */
    int32_t ggml_type; /* of GGUF files; else -1 */
    /* Parts of a sparse, nested or quantised tensor, tensors in an array of objects: they lie
     * behind the model's own tensors. */
    uint32_t first_component;
    uint32_t component_count;
    pratique_text quantizer_scheme; /* "per_tensor_affine", … */
    double quantizer_scale;         /* value = (integer - zero_point) × scale */
    int64_t quantizer_zero_point;
    int64_t quantizer_axis; /* -1: one scale for all. Else components `scales`, `zero_points` */
} pratique_tensor;

/* Bytes that tensors lie in, mapped for as long as the model lives. */
typedef struct pratique_source {
    const unsigned char* data;
    size_t size;
} pratique_source;

typedef struct pratique_warning {
    pratique_text code; /* as in an error */
    pratique_text place;
    pratique_text message;
    uint64_t offset;
} pratique_warning;

typedef struct pratique_model_info {
    size_t size;
    pratique_text format;           /* "torch-zip", "safetensors", "gzip+pickle", … */
    pratique_text file_sha256;      /* empty unless PRATIQUE_LOAD_HASH */
    uint64_t file_size;             /* of an index: with all shards */
    const pratique_tensor* tensors; /* in the order of the file; behind them all components */
    size_t tensor_count;
    size_t component_count;
    size_t tensor_size; /* of one of them in this library */
    const pratique_source* sources;
    size_t source_count;
    const pratique_warning* warnings;
    size_t warning_count;
    pratique_text texts; /* what all names of tensors lie in, one behind the other */
    uint32_t isolation;  /* PRATIQUE_TIER_… */
    uint32_t binding;    /* PRATIQUE_BINDING_… */
    int32_t is_writable; /* PRATIQUE_LOAD_WRITABLE */
    int32_t reserved;
} pratique_model_info;

PRATIQUE_C_API void pratique_model_get(const pratique_model* model, pratique_model_info* info);

/* All elements of tensor `index` (components count on behind the tensors), in the usual order,
 * nothing left to negate. `out` has `size` = nbytes bytes. */
PRATIQUE_C_API int pratique_tensor_copy(const pratique_model* model, size_t index, void* out,
                                        size_t size, pratique_error** error);
/* Lower-case hexadecimal SHA-256 of what pratique_tensor_copy() gives, and a NUL. */
PRATIQUE_C_API int pratique_tensor_sha256(const pratique_model* model, size_t index, char out[65],
                                          pratique_error** error);
/* The tensor for other libraries (<pratique/dlpack.h>), which call its deleter; it keeps what it
 * needs of the model. With `copy`, and whenever elements are not aligned or are still to be
 * negated, it is memory of its own. Else it is the mapped file: only with PRATIQUE_LOAD_WRITABLE
 * may it be written to. */
PRATIQUE_C_API int pratique_tensor_dlpack(const pratique_model* model, size_t index, int copy,
                                          struct DLManagedTensor** out, pratique_error** error);
PRATIQUE_C_API int pratique_tensor_dlpack_versioned(const pratique_model* model, size_t index,
                                                    int copy, struct DLManagedTensorVersioned** out,
                                                    pratique_error** error);

/* --- Values that are no tensors -----------------------------------------------------------------
 * A graph: values may be shared, and may contain themselves. Whoever walks it remembers where it
 * was. Every index in it was checked. */

enum {
    PRATIQUE_NODE_NONE = 0,
    PRATIQUE_NODE_BOOLEAN = 1,     /* number: 0 or 1 */
    PRATIQUE_NODE_INTEGER = 2,     /* number: two's complement */
    PRATIQUE_NODE_BIG_INTEGER = 3, /* text: "0x…", "-0x…" */
    PRATIQUE_NODE_REAL = 4,        /* number: the bits of a double */
    PRATIQUE_NODE_TEXT = 5,
    PRATIQUE_NODE_BYTES = 6,
    PRATIQUE_NODE_LIST = 7,
    PRATIQUE_NODE_TUPLE = 8,
    PRATIQUE_NODE_SET = 9,
    PRATIQUE_NODE_FROZENSET = 10,
    PRATIQUE_NODE_DICT = 11,   /* children: keys and values in turn */
    PRATIQUE_NODE_TENSOR = 12, /* number: its index */
    PRATIQUE_NODE_GLOBAL = 13, /* text: "module.name", never imported */
    PRATIQUE_NODE_OBJECT = 14, /* children: what made it, then words and values in turn */
    PRATIQUE_NODE_OPAQUE = 15  /* text: a description of what is not kept */
};

typedef struct pratique_node {
    uint64_t number;
    uint64_t first; /* of children, or of the characters in `texts` */
    uint32_t count; /* of these */
    uint32_t kind;  /* PRATIQUE_NODE_… */
} pratique_node;

typedef struct pratique_tree {
    size_t size;
    const pratique_node* nodes;
    size_t node_count;
    const uint32_t* children; /* indices of nodes */
    size_t child_count;
    pratique_text texts;
    int64_t metadata;  /* node of what the file says about itself, a dict; -1: none */
    int64_t structure; /* node of all that is no tensor, of formats that have it; -1: none */
    size_t node_size;  /* of one in this library */
} pratique_tree;

PRATIQUE_C_API int pratique_model_tree(const pratique_model* model, pratique_tree* tree,
                                       pratique_error** error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include <pratique/reports.h> /* scan, inspect, convert, verify, gate, sign, attest */

#endif /* PRATIQUE_H_ */
