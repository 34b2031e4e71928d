"""Runs scripts of this folder, each in a process of its own that has its packages loaded already.

Reads a JSON list a line: a script, its arguments, and the files that are its standard input, output and
errors. Answers each with the exit status.
"""

import ast
import importlib
import json
import os
import runpy
import sys
import traceback
from pathlib import Path


def load(script):
    """What the script imports, for all that come after it, too."""
    for node in ast.walk(ast.parse(Path(script).read_text())):
        if isinstance(node, ast.Import):
            for name in node.names:
                importlib.import_module(name.name)
        elif isinstance(node, ast.ImportFrom):
            importlib.import_module(node.module)


def run(script, arguments, files):
    for descriptor, path in enumerate(files):
        mode = os.O_RDONLY if descriptor == 0 else os.O_WRONLY
        os.dup2(os.open(path, mode), descriptor)
    # What the streams had read before is not this script's.
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
        return 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1


def main():
    for line in sys.stdin:
        script, arguments, files = json.loads(line)
        load(script)
        process = os.fork()
        if process == 0:
            status = 1
            try:
                status = run(script, arguments, files)
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(status)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


main()
