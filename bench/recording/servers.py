"""Servers on loopback, on free ports, with their files in a directory of the disk that is measured. Each is stopped by its own
process id when its `with` ends, and its log is shown if it does not start."""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time

START_TIMEOUT_S = 30
POSTGRESQL = pathlib.Path("/usr/lib/postgresql/15/bin")


class Failed(Exception):
    """A server or client did not do what it was started for."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def running(command, log, ready, **how):
    """The process of a command from when ready() says so until the end of the `with`."""
    with open(log, "w", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **how)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{command[0]} does not start:\n" + pathlib.Path(log).read_text(encoding="utf-8")[-2000:])
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def redis(directory, appendfsync):
    """appendfsync: no log ("off"), every second ("everysec") or before each answer ("always")."""
    port = free_port()
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    log = ["--appendonly", "no"] if appendfsync == "off" else ["--appendonly", "yes", "--appendfsync", appendfsync]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--daemonize", "no",
               "--auto-aof-rewrite-percentage", "0", *log]
    with running(command, f"{directory}/log", lambda: listens(port)):
        yield port
    shutil.rmtree(directory)


@contextlib.contextmanager
def mariadb(directory, flush_at_commit):
    """flush_at_commit: 1 syncs at each commit (in groups), 2 writes at each and syncs every second."""
    port = free_port()
    data = f"{directory}/data"
    account = pwd.getpwuid(os.getuid()).pw_name
    if not os.path.isdir(data):
        os.makedirs(directory)
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--user={account}", f"--datadir={data}",
                        "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, capture_output=True)
    init = pathlib.Path(directory) / "users.sql"
    init.write_text("".join(f"CREATE USER IF NOT EXISTS bench@'{host}' IDENTIFIED BY 'bench';\nGRANT ALL ON *.* TO bench@'{host}';\n"
                            for host in ("127.0.0.1", "localhost")), encoding="utf-8")
    command = ["mariadbd", "--no-defaults", f"--user={account}", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
               f"--socket={directory}/socket", f"--init-file={init}", "--skip-log-bin", "--skip-name-resolve",
               "--innodb-buffer-pool-size=2G", "--innodb-log-file-size=1G", "--innodb-flush-method=O_DIRECT",
               f"--innodb-flush-log-at-trx-commit={flush_at_commit}", "--transaction-isolation=READ-COMMITTED",
               "--max-connections=1100"]
    with running(command, f"{directory}/log", lambda: listens(port)):
        yield port


@contextlib.contextmanager
def postgresql(directory, synchronous_commit):
    """synchronous_commit: "on" syncs at each commit (in groups); "off" answers before the log is written."""
    port = free_port()
    data = f"{directory}/data"
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if not os.path.isdir(data):
        os.makedirs(directory)
        if as_postgres:
            shutil.chown(directory, "postgres", "postgres")
        subprocess.run([*as_postgres, POSTGRESQL / "initdb", "-D", data, "-U", "postgres", "--auth=trust"], check=True,
                       capture_output=True, cwd=directory)
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": directory, "shared_buffers": "2GB",
                "max_wal_size": "8GB", "checkpoint_timeout": "30min", "max_connections": 1100,
                "synchronous_commit": synchronous_commit}
    command = [*as_postgres, POSTGRESQL / "postgres", "-D", data, *(f"--{key}={value}" for key, value in settings.items())]

    def ready():
        return subprocess.run([POSTGRESQL / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode == 0

    with running(command, f"{directory}.log", ready, cwd=directory) as process:
        try:
            yield port
        finally:  # SIGTERM waits for clients, and behind runuser another process is to be told
            pid = int(pathlib.Path(data, "postmaster.pid").read_text(encoding="utf-8").split()[0])
            os.kill(pid, 2)
            process.wait()


@contextlib.contextmanager
def nginx(directory):
    """One worker that answers every request at once, as short as a reserve is answered."""
    port = free_port()
    os.makedirs(directory, exist_ok=True)
    conf = pathlib.Path(directory) / "nginx.conf"
    conf.write_text(f"""daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/log;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {directory}/body;
server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{{"outcome":"reserved"}}'; }} }} }}
""", encoding="utf-8")
    with running(["nginx", "-p", directory, "-c", conf], f"{directory}/out", lambda: listens(port)):
        yield port
    shutil.rmtree(directory)


@contextlib.contextmanager
def flash_sale(build, directory, level, stock):
    """The sample service; its operator's token is beside its data. It sheds nothing: what waits is to be measured."""
    port = free_port()
    shutil.rmtree(directory, ignore_errors=True)
    command = [build / "examples/flash_sale/seckill_flash_sale", "--port", str(port), "--data", directory, "--durability", level,
               "--stock", str(stock), "--stock-max", str(stock), "--opens-in-s", "0", "--limit", "0", "--ttl-s", "3600",
               "--latency-max-ms", "10000"]
    with running(command, f"{directory}.log", lambda: listens(port)):
        yield port
    shutil.rmtree(directory)
