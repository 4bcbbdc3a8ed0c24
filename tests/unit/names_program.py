#!/usr/bin/python3
"""Writes a translation unit that compiles only if no public name is ambiguous for who says `using namespace seckill`.

names_program.py INCLUDE_DIR OUTPUT: it includes the C library's headers and every public header of the core, and uses every class,
struct, enumeration and alias of namespace seckill without qualification. GNU's <error.h> is left out: it declares a function
`error`, which nothing else of POSIX has.
"""
import pathlib
import re
import sys

C_HEADERS = """aio arpa/inet ctype dirent dlfcn err errno fcntl fenv fnmatch ftw glob grp iconv ifaddrs inttypes langinfo libgen limits
link locale malloc math mqueue net/if netdb netinet/in netinet/tcp poll pthread pty pwd regex sched search semaphore setjmp signal
spawn stdio stdlib string strings sys/epoll sys/eventfd sys/file sys/inotify sys/ioctl sys/mman sys/mount sys/prctl sys/random
sys/resource sys/select sys/sem sys/sendfile sys/shm sys/socket sys/stat sys/statvfs sys/syscall sys/time sys/timerfd sys/times
sys/types sys/uio sys/un sys/utsname sys/wait sysexits syslog termios threads time ucontext unistd utime wchar wctype""".split()
DECLARED = re.compile(r"(?:class|struct|enum class)\s+(?:SECKILL_EXPORT\s+|alignas\([^)]*\)\s+)?(\w+)[^;]*$|using (\w+) =")


def names_of(header):
    lines = header.read_text().splitlines()
    inside = False
    for before, line in zip([""] + lines, lines):
        if line.startswith("namespace "):
            inside = line == "namespace seckill::inline v1 {"
        found = DECLARED.match(line) if inside else None
        if found and not before.startswith(("template", "requires")):
            yield found.group(1) or found.group(2)


def main():
    root = pathlib.Path(sys.argv[1])
    headers = sorted((root / "seckill").rglob("*.hpp"))
    names = sorted({name for each in headers for name in names_of(each)})
    if len(names) < 200 or "time_source" not in names:
        sys.exit("names_program.py does not find the names any more: mend it")
    lines = ["// Written by names_program.py."]
    lines += [f"#include <{each}.h>" for each in C_HEADERS]
    lines += [f"#include <{each.relative_to(root)}>" for each in headers]
    lines += ["using namespace seckill;"]
    lines += [f"struct uses_{name} {{ friend void use({name}*); }};" for name in names]
    pathlib.Path(sys.argv[2]).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
