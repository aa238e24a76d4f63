/* A part of <pratique.h>, which includes it: what answers with a report. */
#ifndef PRATIQUE_REPORTS_H_
#define PRATIQUE_REPORTS_H_

#include <pratique.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Reports ------------------------------------------------------------------------------------
 * Functions that answer with a report return PRATIQUE_OK if there is one, whatever it says. */

enum {
    PRATIQUE_VERDICT_CLEAN = 0,
    PRATIQUE_VERDICT_INCOMPLETE = 1,
    PRATIQUE_VERDICT_SUSPICIOUS = 2,
    PRATIQUE_VERDICT_MALICIOUS = 3
};

typedef struct pratique_report_info {
    size_t size;
    pratique_text json; /* what the program prints with --format json */
    int32_t exit_code;  /* what the program would exit with */
    int32_t verdict;    /* of a scan: PRATIQUE_VERDICT_…; else -1 */
    pratique_text text; /* of pratique_draw(): the report in that form; else empty */
} pratique_report_info;

PRATIQUE_C_API void pratique_report_get(const pratique_report* report, pratique_report_info* info);
PRATIQUE_C_API void pratique_report_free(pratique_report* report);

enum {
    PRATIQUE_SCAN_ISOLATE_FILES = 1, /* a worker for each file instead of each trust root */
    PRATIQUE_SCAN_DIGEST = 2,        /* report each file's SHA-256 */
    PRATIQUE_SCAN_SNAPSHOT = 4,      /* copy each file first, and look at the copy */
    PRATIQUE_SCAN_EXPLAIN = 8        /* add the instructions around what is dangerous */
};

typedef struct pratique_scan_options {
    size_t size;
    const pratique_reading* reading;
    uint32_t fail_on; /* PRATIQUE_VERDICT_…: from which on the exit code is 1 */
    uint32_t jobs;    /* workers at one time; 0: one per processor */
    uint32_t flags;   /* PRATIQUE_SCAN_… */
    uint32_t reserved;
} pratique_scan_options;

PRATIQUE_C_API void pratique_scan_options_init(pratique_scan_options* options, size_t size);

/* Scans files and folders. Whatever cannot be scanned is a gap in the report (docs/report.md). */
PRATIQUE_C_API int pratique_scan(const char* const* paths, size_t count,
                                 const pratique_scan_options* options, pratique_report** report,
                                 pratique_error** error);

enum {
    PRATIQUE_DRAW_ALL = 1,    /* text: list clean files too */
    PRATIQUE_DRAW_VERBOSE = 2 /* text: also what else is known of each file */
};

typedef struct pratique_draw_options {
    size_t size;
    const char* root; /* sarif: the absolute path that names of files are relative to; or null */
    const char* help_uri; /* sarif: address of the page that explains findings; or null */
    uint32_t width;       /* text: columns */
    uint32_t flags;       /* PRATIQUE_DRAW_… */
} pratique_draw_options;

PRATIQUE_C_API void pratique_draw_options_init(pratique_draw_options* options, size_t size);

/* Draws the JSON report of a scan in another form, as `text`: "text", "sarif", "junit", "markdown",
 * "cyclonedx", "html" or "json" (docs/reports.md). */
PRATIQUE_C_API int pratique_draw(const char* json, size_t size, const char* form,
                                 const pratique_draw_options* options, pratique_report** report,
                                 pratique_error** error);

enum {
    PRATIQUE_INSPECT_DIGEST = 1,   /* SHA-256 of the file and of each tensor */
    PRATIQUE_INSPECT_STRUCTURE = 2 /* all values that are no tensors, too */
};

/* What a model file holds (docs/inspect.md). Nothing is refused for what it would do. */
PRATIQUE_C_API int pratique_inspect(const char* path, const pratique_load_options* options,
                                    uint32_t flags, pratique_report** report,
                                    pratique_error** error);

enum {
    PRATIQUE_CONVERT_REPLACE = 1,    /* a file that is there */
    PRATIQUE_CONVERT_RAW_BITS = 2,   /* types that the format lacks as unsigned integers */
    PRATIQUE_CONVERT_DROP_SHARED = 4 /* tensors that are one piece of memory are written once */
};

/* Writes the tensors of a file as .safetensors, .npz or .gguf, by the extension of `out`. The
 * report: {"schema_version": 1, "tensors": n, "bytes": n, "notes": ["…"]}. */
PRATIQUE_C_API int pratique_convert(const char* path, const char* out,
                                    const pratique_load_options* options, uint32_t flags,
                                    pratique_report** report, pratique_error** error);

enum {
    PRATIQUE_VERIFY_ANY_USAGE = 1,       /* certificates that are not for signing code, too */
    PRATIQUE_VERIFY_LEGACY_MINISIGN = 2, /* signatures that are not prehashed, too */
    PRATIQUE_VERIFY_IGNORE_UNSIGNED = 4, /* report files that are not signed, and accept them */
    PRATIQUE_VERIFY_ALLOW_LINKS = 8,     /* follow links to files inside, if they were signed so */
    PRATIQUE_VERIFY_GIT_PATHS = 16       /* look at .git and its like as well */
};

/* Lists are null, or end in a null pointer. Whom to trust are files, as the program takes them. */
typedef struct pratique_verify_options {
    size_t size;
    const char* const* signatures;  /* files; null: the one that lies beside the model */
    const char* const* keys;        /* PEM, minisign or OpenSSH */
    const char* const* authorities; /* certificates, PEM */
    const char* const* pins;        /* with authorities: ids of keys that may have signed */
    const char* const* identities;  /* with authorities: names that may have signed */
    const char* const* ignored;     /* paths of the model that are left out */
    const char* allowed_signers;    /* a file of ssh-keygen's, with `principal` */
    const char* principal;
    const char* trust; /* instead of all these: a trust store */
    const char* name;  /* with it: the model's name for its rules; null: its whole path */
    const pratique_cancel* cancel; /* null: nobody gives up */
    uint32_t flags;                /* PRATIQUE_VERIFY_… */
    uint32_t reserved;
} pratique_verify_options;

PRATIQUE_C_API void pratique_verify_options_init(pratique_verify_options* options, size_t size);

/* Who signed a model, and all of its files (docs/signing.md). */
PRATIQUE_C_API int pratique_verify(const char* model, const pratique_verify_options* options,
                                   pratique_report** report, pratique_error** error);

enum {
    PRATIQUE_GATE_REPLACE = 1 /* a record that is there */
};

typedef struct pratique_gate_options {
    size_t size;
    const pratique_reading* reading;
    const char* const* signatures;   /* files; null: the one that lies beside the model */
    const char* const* attestations; /* files; null: the one that lies beside the model, if any */
    const char* name;                /* of the model, for the rules of a trust store */
    const char* output; /* a new folder for the files that are admitted, as they were looked at */
    const char* record; /* a file for their digests: pratique_load_options::admitted */
    uint32_t jobs;
    uint32_t flags; /* PRATIQUE_GATE_… */
} pratique_gate_options;

PRATIQUE_C_API void pratique_gate_options_init(pratique_gate_options* options, size_t size);

/* Decides by a policy, a file, whether a model may be used here (docs/gate.md). */
PRATIQUE_C_API int pratique_gate(const char* model, const char* policy,
                                 const pratique_gate_options* options, pratique_report** report,
                                 pratique_error** error);

/* --- Vouching -----------------------------------------------------------------------------------
 * What is written appears whole or not at all. Keys are files, as the program takes them; their
 * password is a text, or null for a key that has none. */

enum {
    PRATIQUE_SIGN_REPLACE = 1,   /* a signature that is there */
    PRATIQUE_SIGN_GIT_PATHS = 2, /* sign .git and its like as well */
    PRATIQUE_SIGN_SPEC_NAMES = 4 /* a single file by its name, as OMS 1.0 says */
};

typedef struct pratique_sign_options {
    size_t size;
    const pratique_cancel* cancel; /* null: nobody gives up */
    const char* password;
    const char* signature;      /* where it goes; null: MODEL/model.sig or FILE.sig */
    const char* const* chain;   /* certificates of the key, its own first, PEM; or null */
    const char* const* ignored; /* paths of the model that are left out; or null */
    uint64_t shard_size;        /* 0: files are hashed as a whole */
    uint32_t flags;             /* PRATIQUE_SIGN_… */
    uint32_t reserved;
} pratique_sign_options;

PRATIQUE_C_API void pratique_sign_options_init(pratique_sign_options* options, size_t size);

/* Signs a model, a folder or a file. The report: {"schema_version": 1, "signature": "…",
 * "key": "…"}. */
PRATIQUE_C_API int pratique_sign(const char* model, const char* key,
                                 const pratique_sign_options* options, pratique_report** report,
                                 pratique_error** error);

enum {
    PRATIQUE_ATTEST_REPLACE = 1 /* an attestation that is there */
};

typedef struct pratique_attest_options {
    size_t size;
    const pratique_reading* reading;
    const char* password;
    const char* output; /* where it goes; null: MODEL.attestation */
    const char* policy; /* a file: attest what it decides, instead of what was found; or null */
    const char* name;   /* with it: the model's name; or null */
    const char* const* chain;
    uint32_t jobs;
    uint32_t flags; /* PRATIQUE_ATTEST_… */
} pratique_attest_options;

PRATIQUE_C_API void pratique_attest_options_init(pratique_attest_options* options, size_t size);

/* Scans a model and signs what was found. The report: {"schema_version": 1, "attestation": "…",
 * "key": "…", "files": n, "verdict": "…", "passed": true}; its exit code and verdict are those of
 * what was attested. */
PRATIQUE_C_API int pratique_attest(const char* model, const char* key,
                                   const pratique_attest_options* options, pratique_report** report,
                                   pratique_error** error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* PRATIQUE_REPORTS_H_ */
