"""Arrows between layers only point down, and vendors stay behind the adapters."""

import posixpath
import re

from rule import Finding, rule

# Layers of the core, and what each may include of it. A file outside this table belongs to the engine, the top of the
# core. src/ mirrors include/seckill/; "" stands for both.
LAYERS = {
    "words": (r"(basket|command|error|event|event_buffer|event_code|event_reader|export|frame|hash|ids|ledger_identity|names|order|outcome|"
              r"payment_id|sale|snapshot|snapshot_format)\.", {"words"}),
    "ports": (r"(ports/|journal\.cpp)", {"words", "ports"}),
    "ledger": (r"ledger(_params)?[./]", {"words", "ledger"}),
    "policies": (r"policy/", {"words", "ports", "policies"}),
    "fakes": (r"(memory|testing)/", {"words", "ports", "policies", "fakes"}),
    "engine": (r"", {"words", "ports", "ledger", "policies", "engine"}),
}
# Header-only parts of Boost that do not drag in I/O. Add one here after looking at what it includes.
CORE_BOOST = ("boost/assert", "boost/config", "boost/container_hash", "boost/core", "boost/system", "boost/throw_exception",
              "boost/unordered")
# Vendor headers in public headers: only where the vendor is what the adapter is about.
PUBLIC_VENDORS = {"adapters/asio/": ("boost/asio/",)}

STANDARD = re.compile(r"[a-z_]+$")  # <vector>
POSIX = re.compile(r"(sys/)?[a-z_]+\.h$")  # <sys/mman.h>


def layer_of(path):
    for prefix in ("include/seckill/", "src/"):
        if path.startswith(prefix):
            rest = path[len(prefix):]
            return next(name for name, (pattern, _) in LAYERS.items() if re.match(pattern, rest))
    return None


def adapter_of(path):
    return path.split("/")[1] if path.startswith("adapters/") else None


def is_public(path):
    return path.startswith("include/") or re.match(r"(adapters|bindings)/[^/]+/include/", path)


@rule("include_direction",
      cure="Arrows only point down (docs/README.md, layers). Move what both need into a lower layer, or pass it as an argument.",
      bad=[{"src/ledger/a.cpp": "#include <seckill/engine.hpp>\n", "include/seckill/engine.hpp": ""},
           {"src/ledger/a.cpp": '#include "engine/ring.hpp"\n', "src/engine/ring.hpp": ""},
           {"include/seckill/policy/a.hpp": "#include <seckill/ledger.hpp>\n", "include/seckill/ledger.hpp": ""},
           {"include/seckill/event.hpp": "#include <seckill/ports/journal.hpp>\n", "include/seckill/ports/journal.hpp": ""},
           {"src/engine/a.cpp": "#include <seckill/http/server.hpp>\n", "adapters/http/include/seckill/http/server.hpp": ""},
           {"adapters/http/src/a.cpp": '#include "ledger/state.hpp"\n', "src/ledger/state.hpp": ""},
           {"adapters/http/src/a.cpp": "#include <seckill/rocksdb/x.hpp>\n", "adapters/rocksdb/include/seckill/rocksdb/x.hpp": ""},
           {"src/engine/a.cpp": '#include "tests/support/shop.hpp"\n', "tests/support/shop.hpp": ""}],
      good=[{"src/engine/a.cpp": "#include <seckill/ledger.hpp>\n", "include/seckill/ledger.hpp": ""},
            {"adapters/http/src/a.cpp": "#include <seckill/engine.hpp>\n", "include/seckill/engine.hpp": ""},
            {"src/ledger/a.cpp": "#include <seckill/command.hpp>\n", "include/seckill/command.hpp": ""}])
def include_direction(tree):
    for path in tree.sources("include/", "src/", "adapters/"):
        layer, adapter = layer_of(path), adapter_of(path)
        for line, written, target in tree.includes(path):
            if target is None:
                continue
            if layer:
                allowed = layer_of(target) in LAYERS[layer][1]
            else:
                allowed = target.startswith("include/") or adapter_of(target) == adapter
            if not allowed:
                yield Finding(path, line, f"{layer or 'adapter ' + adapter} includes {written}")


def is_core_header(path, written):
    if STANDARD.match(written) or written.startswith(CORE_BOOST):
        return True
    return POSIX.match(written) and path.startswith("src/")


@rule("core_dependencies",
      cure="The core needs the standard library, header-only Boost and, in src/, POSIX. Anything else is an adapter's.",
      bad=[{"src/engine/a.cpp": "#include <boost/asio/post.hpp>\n"},
           {"src/a.cpp": "#include <spdlog/spdlog.h>\n"},
           {"include/seckill/a.hpp": "#include <sys/mman.h>\n"},
           {"src/a.cpp": '#include "not/there.hpp"\n'}],
      good=[{"src/a.cpp": "#include <sys/mman.h>\n#include <vector>\n#include <boost/system/result.hpp>\n"}])
def core_dependencies(tree):
    for path in tree.sources("include/", "src/"):
        for line, written, target in tree.includes(path):
            if target is None and not is_core_header(path, written):
                yield Finding(path, line, f"the core includes {written}")


@rule("vendor_headers",
      cure="Include vendors in the adapter's .cpp files and private headers; public headers show standard and seckill types.",
      bad=[{"adapters/rocksdb/include/seckill/rocksdb/a.hpp": "#include <rocksdb/db.h>\n"},
           {"adapters/http/include/seckill/http/a.hpp": "#include <boost/asio/io_context.hpp>\n"}],
      good=[{"adapters/rocksdb/src/a.cpp": "#include <rocksdb/db.h>\n"},
            {"adapters/http/include/seckill/http/a.hpp": "#include <boost/system/error_code.hpp>\n#include <string>\n"},
            {"adapters/asio/include/seckill/asio/a.hpp": "#include <boost/asio/async_result.hpp>\n"}])
def vendor_headers(tree):
    for path in tree.sources("adapters/", "bindings/"):
        if not is_public(path):
            continue
        vendors = next((v for prefix, v in PUBLIC_VENDORS.items() if path.startswith(prefix)), ())
        for line, written, target in tree.includes(path):
            known = target or is_core_header(path, written) or POSIX.match(written) or written.startswith(vendors or "\0")
            if not known:
                yield Finding(path, line, f"a public header includes {written}")


# The clock that callers of policies use; policies themselves take the time as an argument.
SANS_IO_EXCEPT = ("include/seckill/policy/time.hpp",)
IMPURE = re.compile(
    r"\b(steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday|monotonic_now_ns|this_thread|jthread|"
    r"random_device|condition_variable|getenv|spdlog|printf|fprintf|ifstream|ofstream)\b"
    r"|\bstd::(thread|async|cout|cerr|clog|rand|time)\b|#\s*include\s*<(chrono|iostream|fstream|thread|future|ctime)>")


@rule("sans_io",
      cure="Ledger and policies are pure: take time and randomness as arguments, return what there is to tell.",
      bad=[{"src/ledger/a.cpp": "auto now = std::chrono::steady_clock::now();\n"},
           {"include/seckill/policy/a.hpp": "#include <thread>\n"},
           {"src/policy/a.cpp": "std::random_device entropy;\n"},
           {"include/seckill/ledger.hpp": "inline void f() { std::cerr << 1; }\n"}],
      good=[{"src/ledger/a.cpp": "// never asks a steady_clock\nint f(time_ms now);\n"},
            {"src/engine/a.cpp": "#include <thread>\n"}])
def sans_io(tree):
    for path in tree.sources("include/", "src/"):
        if layer_of(path) not in ("ledger", "policies") or path in SANS_IO_EXCEPT:
            continue
        for line, text in tree.code_lines(path):
            found = IMPURE.search(text)
            if found:
                yield Finding(path, line, f"`{found.group(0)}` in the {layer_of(path)}")


@rule("integers",
      cure="Units, money and times are integers; a ratio is computed where it is shown.",
      bad=[{"include/seckill/sale.hpp": "struct sale {\n  double price = 0;\n};\n"}, {"src/ledger/a.cpp": "float share;\n"}],
      good=[{"src/ledger/a.cpp": "// no double here\nint a;\n", "src/policy/a.cpp": "double probability;\n"}])
def integers(tree):
    for path in tree.sources("include/", "src/"):
        if layer_of(path) not in ("words", "ledger", "ports"):
            continue
        for line, text in tree.code_lines(path):
            if re.search(r"\b(double|float)\b", text):
                yield Finding(path, line, f"floating point in the {layer_of(path)}")


@rule("dead_headers",
      cure="Include it where it is needed, or delete it.",
      bad=[{"src/engine/a.hpp": "#pragma once\n", "src/engine/b.cpp": ""},
           {"include/seckill/a.hpp": "#pragma once\n"}],
      good=[{"src/engine/a.hpp": "#pragma once\n", "src/engine/b.cpp": '#include "a.hpp"\n'}])
def dead_headers(tree):
    used = {target for path in tree.sources() for _, _, target in tree.includes(path) if target != path}
    for path in tree.paths(suffix=(".hpp", ".h")):
        if path not in used:
            yield Finding(path, 1, f"nothing includes {posixpath.basename(path)}")
