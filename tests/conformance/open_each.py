"""Runs inside a base, or beside a tree for the native comparison: opens each library in a process of its own.

usage: open_each.py JOBS <libraries.json >results.jsonl

Standard input: {"tree", "launcher" (null: natively), "probe", "libraries": [{name, file, symbol}]}.
For each library and each way of binding a line {"name", "mode", "reason"} is printed; the reason of
one that was opened is null. Needs Python 3.9 and nothing else.
"""
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

MODES = ("lazy", "now")
LONGEST = 60  # seconds; the slowest takes two
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def last_words(output, status):
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    # The probe's and the launcher's own words; libraries print as well.
    ours = [line for line in lines if re.match(r"bulkhead|dlopen:|dlsym:|wrong:|.*symbol lookup error", line)]
    ended = f"ended by {signal.Signals(-status).name}" if status < 0 else f"ended with {status}"
    words = (ours or lines or [""])[-1]
    return f"{ended}: {words}" if words else ended


def open_one(task, library, mode):
    """None, or why it could not be opened."""
    tree = task["tree"]
    file = f"{tree}/{library['file']}" if task["launcher"] else f"/{library['file']}"
    probe = [task["probe"], mode, library["name"] if task["launcher"] else file, file, library["symbol"]]
    environment = {"PATH": PATH, "HOME": "/tmp", "LC_ALL": "C"}
    if mode == "now":
        environment["LD_BIND_NOW"] = "1"  # or ld.so would leave the capsule's libraries to lazy binding
    command = ["chroot", os.environ.get("PLACE", "/"), *probe]
    if task["launcher"]:
        cache = f"{task['cache']}/{library['name']}"
        command = [task["launcher"], "run", "--cache-dir", cache, "--tree", tree, "--expose", library["name"],
                   "--", *probe]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=environment, cwd="/tmp", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"ran longer than {LONGEST} s"
    if process.returncode == 0 and output.rstrip().endswith(b"opened"):
        return None
    return last_words(output, process.returncode)


def open_in_each_mode(task, library):
    results = [{"name": library["name"], "mode": mode, "reason": open_one(task, library, mode)} for mode in MODES]
    shutil.rmtree(f"{task['cache']}/{library['name']}", ignore_errors=True)
    return results


def main():
    task = json.load(sys.stdin)
    threads = concurrent.futures.ThreadPoolExecutor(int(sys.argv[1]))
    with tempfile.TemporaryDirectory() as task["cache"], threads as pool:
        for results in pool.map(lambda each: open_in_each_mode(task, each), task["libraries"]):
            for result in results:
                print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
