"""Processes in a temporary folder, each on its core; whatever was started ends with the bench, and nothing else does."""
import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
# taken out of the environment: nginx itself reads NGINX, as sockets that it inherited
NGINX = os.environ.pop("NGINX", None) or shutil.which("nginx") or "/usr/sbin/nginx"
# with NGINX: another build's, such as build/asan/objs
MODULE = os.environ.get("MODULE") or TOP / "build/ngx_http_dynstore_module.so"


class Trouble(Exception):
    """The bench cannot go on; the text says why, and what to do."""


def cores():
    """(the edge's core, everybody else's core); one core for both where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def free_ports(count):
    # below the range that outgoing connections take their ports from, and below the ports of the suites
    sockets = []
    while len(sockets) < count:
        probe = socket.socket()
        try:
            probe.bind(("127.0.0.1", random.randrange(14000, 20000)))
        except OSError:
            probe.close()
            continue
        sockets.append(probe)
    ports = [probe.getsockname()[1] for probe in sockets]
    for probe in sockets:
        probe.close()
    return ports


def wait_for(condition, what, seconds=10.0):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Trouble(f"{what} within {seconds:g} s")
        time.sleep(0.02)


def listening(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children(pid):
    """Process ids of the direct children: of an nginx master, its workers."""
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def cpu_seconds(pid):
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def resident_kb(pid):
    """Resident memory that is the process's own: shared zones and mapped files are not counted."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise Trouble(f"process {pid} tells no RssAnon")


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Lab:
    """`with Lab("ttfb") as lab:` a folder and the processes started in it."""

    def __init__(self, name):
        self.name = name
        self.started = []
        self.edge_core, self.other_core = cores()

    def __enter__(self):
        for needed in ("dynstore", "ngx_http_dynstore_module.so", "bench/client", "bench/backend"):
            if not (TOP / "build" / needed).exists():
                raise Trouble(f"build/{needed} is missing; run 'make bench-tools'")
        # what is short enough for a unix socket's path, wherever the repository is
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"dynstore-{self.name}-"))
        self.folder.chmod(0o755)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        os.sched_setaffinity(0, {self.other_core})
        return self

    def __exit__(self, kind, value, trace):
        for process in reversed(self.started):
            self.stop(process)
        if kind in (None, SystemExit) and not os.environ.get("BENCH_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"{self.name}: configuration and logs are kept in {self.folder}", file=sys.stderr)

    def start(self, arguments, core=None, idle=False, **options):
        """Starts on a core; an idle one takes the processor from nobody who wants it, as if it had a machine of its own."""
        core = self.other_core if core is None else core
        pinned = ["taskset", "-c", str(core)] + (["chrt", "-i", "0"] if idle else [])
        process = subprocess.Popen([*pinned, *map(str, arguments)], cwd=self.folder, preexec_fn=_die_with_parent, **options)
        self.started.append(process)
        return process

    def stop(self, process, with_signal=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(with_signal)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.started:
            self.started.remove(process)

    def nginx(self, name, http, core=None, load_module=False, workers=1):
        """An nginx of its own in the folder `name`; `http` is the text of http{}; load_module: MODULE, or the path of another build's.
        Returns its master's process."""
        folder = self.folder / name
        for part in ("logs", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        module = f'load_module "{MODULE if load_module is True else load_module}";' if load_module else ""
        # workers of a master run by root would become nobody, who may not read this folder
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "\n".join(f"    {kind}_temp_path tmp/{kind};"
                              for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"{user}\n{module}\ndaemon off;\nworker_processes {workers};\npid nginx.pid;\nerror_log logs/error.log notice;\n"
            f"events {{\n    worker_connections 2048;\n}}\n\nhttp {{\n{temporary}\n    default_type text/html;\n{http}\n}}\n")
        # nginx opens its first log before it reads of another
        process = self.start([NGINX, "-p", f"{folder}/", "-e", "logs/error.log", "-c", "nginx.conf"], core,
                             stderr=open(folder / "start.log", "w"))
        process.folder = folder

        def up():
            if process.poll() is not None:
                raise Trouble(f"nginx {name} did not start: {(folder / 'start.log').read_text()}")
            return len(children(process.pid)) >= workers
        wait_for(up, f"nginx {name} has no worker")
        time.sleep(0.1)
        return process

    def redis(self, port=0, idle=False):
        """redis-server on the unix socket redis.sock in the folder, or on a port."""
        where = ["--port", port, "--bind", "127.0.0.1"] if port else ["--port", 0, "--unixsocket", "redis.sock"]
        process = self.start(["redis-server", *where, "--save", "", "--appendonly", "no", "--dir", self.folder],
                             idle=idle, stdout=open(self.folder / "redis.log", "a"))
        process.where = ["-p", str(port)] if port else ["-s", str(self.folder / "redis.sock")]
        wait_for(lambda: self.redis_answers(process), "Redis did not answer")
        return process

    def redis_answers(self, process):
        done = subprocess.run(["redis-cli", *process.where, "ping"], capture_output=True, text=True, check=False)
        return done.stdout.strip() == "PONG"

    def redis_pipe(self, process, commands):
        """Sends commands, each a sequence of texts, and checks that none was refused."""
        parts = []
        for command in commands:
            parts.append(f"*{len(command)}\r\n")
            for word in command:
                parts.append(f"${len(word.encode())}\r\n{word}\r\n")
        done = subprocess.run(["redis-cli", *process.where, "--pipe"], input="".join(parts).encode(), capture_output=True,
                              check=False)
        if b"errors: 0" not in done.stdout:
            raise Trouble(f"Redis refused the sessions: {done.stdout.decode()}{done.stderr.decode()}")


def bad_lines(folder):
    """What no run may leave in an error log."""
    lines = (folder / "logs/error.log").read_text(errors="replace").splitlines()
    return [line for line in lines
            if any(f"[{level}]" in line for level in ("alert", "crit", "emerg")) or "exited on signal" in line]
