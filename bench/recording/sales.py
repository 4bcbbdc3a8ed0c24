"""The same sale at the engine and at its rivals, in rounds, so that a machine that changes its speed changes it for both. A rival's
best number of connections is looked for first. Every run checks that all promises were kept; one that was broken ends it."""

import json
import shutil
import subprocess

from recording import servers

SWEEP_S = 0.7
SWEEPS = 2
RUN_S = 3
SETUP = "bench/rivals"
LEVELS = ("memory", "written", "synced")


def client(command, scratch):
    """What a load program prints as one line of JSON."""
    done = subprocess.run([str(each) for each in command], cwd=scratch, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise servers.Failed(f"{command[0]}: {done.stderr.strip()}\n{done.stdout}")
    return json.loads(done.stdout)


class Contender:
    """One row of a table: how to start its server and how to ask it."""

    def __init__(self, name, program, serve=None, arguments=(), sweep=((1, 1),), seconds=RUN_S):
        self.name, self.program, self.serve, self.arguments = name, program, serve, arguments
        self.sweep, self.seconds = sweep, seconds

    def ask(self, recorder, port, seconds, connections, depth):
        command = [self.program, "--port", port, "--seconds", seconds, "--connections", connections, "--depth", depth, *self.arguments]
        row = {"name": self.name, "connections": connections, "depth": depth}
        return row | client(command, recorder.scratch)

    def find_best(self, recorder):
        """(connections, depth) with the most accepted reserves, looked for twice: a second is easily disturbed."""
        def measure():
            with self.serve(f"{recorder.scratch}/{self.program.name}.scratch") as port:
                return [self.ask(recorder, port, SWEEP_S, *each) for _ in range(SWEEPS) for each in self.sweep]

        rows = recorder.step(f"{self.name}, looking for the best", measure)
        best = max(rows, key=lambda row: row["accepted_per_s"])
        return best["connections"], best["depth"]

    def measure(self, recorder, number, best):
        if self.serve is None:
            return [{"name": self.name, "round": number} | client([self.program, *self.arguments], recorder.scratch)]
        with self.serve(f"{recorder.scratch}/{self.program.name}.scratch") as port:
            return [self.ask(recorder, port, self.seconds, *best) | {"round": number}]


def record_sale(recorder, contenders, rounds):
    best = {each.name: each.find_best(recorder) for each in contenders if each.serve}
    for number in range(1, rounds + 1):
        for each in contenders:
            recorder.step(f"{each.name}, round {number}", lambda c=each, n=number: c.measure(recorder, n, best.get(c.name)))
    for each in contenders:
        shutil.rmtree(f"{recorder.scratch}/{each.program.name}.scratch", ignore_errors=True)


def engine(build, levels=LEVELS, orders=False):
    found = [Contender(f"seckill engine, {level}", build / "bench/rivals/rival_seckill", arguments=("--level", level, "--requests", "4000000"))
             for level in levels]
    if orders:
        found.append(Contender("seckill engine, synced, orders meanwhile", build / "bench/rivals/rival_seckill",
                               arguments=("--level", "synced", "--requests", "500000", "--orders")))
    return found


def redis(build, root):
    one_by_one = tuple((connections, 1) for connections in (1, 16, 64, 256))
    pipelined = ((1, 64), (1, 1000), (4, 16), (4, 64), (4, 250), (16, 64), (16, 250))
    found = engine(build)
    for log, level in (("off", "memory"), ("everysec", "written"), ("always", "synced")):
        for kind, sweep in (("one request at a time", one_by_one), ("pipelined", pipelined)):
            found.append(Contender(f"Redis Lua, AOF {log}, {kind}, {level}", build / "bench/rivals/rival_redis",
                                   lambda directory, log=log: servers.redis(directory, log),
                                   ("--setup", root / SETUP / "redis.lua"), sweep))
    return found


def database(build, root, name, serve, settings):
    """Both forms at each level. settings: level -> what the server is started with."""
    program = name.lower()
    return [Contender(f"{name}, {form}, {level}", build / f"bench/rivals/rival_{program}",
                      lambda directory, setting=setting: serve(directory, setting),
                      ("--setup", root / SETUP / f"{program}.sql", "--slots", slots),
                      tuple((connections, 1) for connections in (1, 4, 8, 16, 64)))
            for level, setting in settings.items() for slots, form in ((1, "hot row"), (64, "64 rows, SKIP LOCKED"))]


def mariadb(build, root):
    return engine(build, ("synced",)) + database(build, root, "MariaDB", servers.mariadb, {"written": 2, "synced": 1})


def postgresql(build, root):
    found = engine(build, ("synced",), orders=True)
    return found + database(build, root, "PostgreSQL", servers.postgresql, {"memory": "off", "synced": "on"})


def maps(build, _):
    found = engine(build, ("memory",))
    for threads in (1, 2):
        found.append(Contender(f"mutex and maps, {threads} thread{'s' if threads > 1 else ''}, memory", build / "bench/rivals/rival_maps",
                               arguments=("--threads", threads, "--requests", "2000000")))
    return found
