#!/usr/bin/env python3
"""journal_reader.py PROGRAM: reads the frame and the snapshot that journal_sample prints, by docs/internals/journal_format.md alone,
and fails unless it finds what the program says is in them.
"""

import struct
import subprocess
import sys

MASK = (1 << 64) - 1
PRIMES = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def rotate(value, bits):
    return (value << bits | value >> (64 - bits)) & MASK


def xxh64(data, seed):
    """XXH64 of the xxHash specification."""
    p1, p2, p3, p4, p5 = PRIMES

    def turn(lane, word):
        return rotate((lane + word * p2) & MASK, 31) * p1 & MASK

    at = 0
    if len(data) >= 32:
        lanes = [(seed + p1 + p2) & MASK, (seed + p2) & MASK, seed, (seed - p1) & MASK]
        while at + 32 <= len(data):
            lanes = [turn(lane, word) for lane, word in zip(lanes, struct.unpack_from("<4Q", data, at))]
            at += 32
        value = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            value = ((value ^ turn(0, lane)) * p1 + p4) & MASK
    else:
        value = (seed + p5) & MASK
    value = (value + len(data)) & MASK
    while at + 8 <= len(data):
        value = (rotate(value ^ turn(0, *struct.unpack_from("<Q", data, at)), 27) * p1 + p4) & MASK
        at += 8
    if at + 4 <= len(data):
        value = (rotate(value ^ struct.unpack_from("<I", data, at)[0] * p1 & MASK, 23) * p2 + p3) & MASK
        at += 4
    for byte in data[at:]:
        value = rotate(value ^ byte * p5 & MASK, 11) * p1 & MASK
    value = (value ^ value >> 33) * p2 & MASK
    value = (value ^ value >> 29) * p3 & MASK
    return value ^ value >> 32


class Events:
    """Events, one after another."""

    def __init__(self, data):
        self.data, self.at, self.sale, self.reservation = data, 0, 0, 0

    def word(self):
        self.at += 8
        return struct.unpack_from("<Q", self.data, self.at - 8)[0]

    def signed(self):
        self.at += 8
        return struct.unpack_from("<q", self.data, self.at - 8)[0]

    def text(self, size):
        start = self.at
        self.at += (size + 7) // 8 * 8
        assert not any(self.data[start + size:self.at]), "padding is zero"
        return "'" + self.data[start:start + size].decode() + "'"

    def request(self):
        return f"{self.word()}:{self.word()}"

    def line(self):
        word = self.word()
        return f"{word >> 32}*{word & 0xffffffff}"

    def next(self):
        head = self.word()
        kind, flags, narrow, wide = head & 0xff, head >> 8 & 0xff, head >> 16 & 0xffff, head >> 32
        if flags & 1:
            self.sale = self.word()
        if kind in (4, 5, 6, 7, 8, 9):
            self.reservation = self.word() if flags & 2 else self.reservation + 1
        if kind == 1:
            return self.sale_created(narrow, wide)
        if kind == 2:
            return f"stock_changed {self.sale} {self.request()} {wide} {self.signed()}"
        if kind == 3:
            return f"sale_switched {self.sale} {self.request()} {narrow}"
        if kind == 4:
            buyer, request = self.word(), self.request()
            lines = [f"{wide}*{narrow}"] + [self.line() for _ in range(flags >> 3 & 7)]
            return f"units_reserved {self.sale} {self.reservation} {buyer} {request} [ {' '.join(lines)} ]"
        if kind == 5:
            payment = self.text(narrow)
            kept = "".join(" " + self.line() for _ in range(wide))
            return f"reservation_confirmed {self.reservation} {payment} [{kept} ]" + (" late" if flags & 4 else "")
        if kind == 8:
            return f"payment_unfulfilled {self.reservation} {self.text(narrow)}"
        if kind == 9:
            return f"reserve_forestalled {self.sale} {self.reservation} {self.request()}"
        return f"{ {6: 'reservation_cancelled', 7: 'reservation_expired'}[kind] } {self.reservation}"

    def sale_created(self, title_bytes, items):
        request, opens, closes, ttl, rules = self.request(), self.signed(), self.signed(), self.signed(), self.word()
        currency = bytes(rules >> shift & 0xff for shift in (40, 48, 56)).decode()
        told = (f"sale_created {self.sale} {request} {self.text(title_bytes)} {opens} {closes} {ttl} {rules & 0xffffffff} "
                f"{('resell', 'refuse')[rules >> 32 & 0xff]} {currency}")
        self.skus = []
        for _ in range(items):
            packed, price, size = self.word(), self.signed(), self.word()
            told += f" ({packed >> 32} {self.text(size)} {price} {packed & 0xffffffff})"
            self.skus.append(packed >> 32)
        return told


def read_frame(data):
    (magic, version, shard, shards, high, low, term, first, count, size, at_ms, wall_ms, previous, layout, zero,
     checksum) = struct.unpack_from("<4sHBBQQQQIIqqQH6sQ", data)
    assert (magic, version, zero) == (b"SCKF", 2, bytes(6))
    body = data[88:]
    assert len(body) == size and checksum == xxh64(body, xxh64(data[:80], 0))
    events = Events(body)
    told = [f"header shard {shard} of {shards} of installation {high:016x}{low:016x} layout {layout} term {term} wall {wall_ms} "
            f"previous {previous}"]
    told += [f"event {first + i} at {at_ms}: {events.next()}" for i in range(count)]
    assert events.at == size
    return told


def read_stored_snapshot(data):
    """The stream of a ledger's state, and its sequence."""
    checksum, magic, version, zero, sequence = struct.unpack_from("<Q4sHHQ", data)
    assert (magic, version, zero) == (b"SCKS", 1, 0) and checksum == xxh64(data[8:24], sequence)
    at, index, stream = 24, 0, b""
    while True:
        checksum, length, number = struct.unpack_from("<QII", data, at)
        assert number == index and checksum == xxh64(data[at + 8:at + 16 + length], sequence)
        stream += data[at + 16:at + 16 + length]
        at, index = at + 16 + length, index + 1
        if length == 0:
            assert at == len(data)
            return stream, sequence


def read_snapshot(data):
    stream, sequence = read_stored_snapshot(data)
    (magic, version, shard, shards, last, _, _, _, operators, sales, used) = struct.unpack_from("<8sIHHQqQQIII", stream)
    assert (magic, version, last) == (b"SNAPSHOT", 2, sequence)
    high, low, term, checksum, at_ms, wall_ms, layout, zero = struct.unpack_from("<QQQQqqH6s", stream, 88)
    assert zero == bytes(6)
    told, at, known = [f"sequence {sequence}"], 144, []
    told.append(f"stamp shard {shard} of {shards} of installation {high:016x}{low:016x} layout {layout} term {term} "
                f"last {checksum} at {at_ms} wall {wall_ms}")
    for _ in range(sales):
        number, position, _, _, _, size = struct.unpack_from("<QIIIIQ", stream, at)
        definition = Events(stream[at + 32:at + 32 + size])
        definition.next()
        at += 32 + size
        stock = [struct.unpack_from("<4I", stream, at + 16 * i) for i in range(len(definition.skus))]
        at += 16 * len(stock)
        known.append((number, definition.skus))
        told.append(f"sale {number} switch {position}" + "".join(" (%d %d %d %d)" % each for each in stock))
    at += 32 * operators
    records = [struct.unpack_from("<QQQqQIIIHBB4H", stream, at + 64 * i) for i in range(used)]
    at += 64 * used
    for slot, each in enumerate(records, 1):
        high, low, buyer, deadline, _, _, _, generation, sale, state, count = each[:11]
        lines = [each[11:14]]
        for _ in range(count - 1):
            lines.append(struct.unpack_from("<3H", stream, at))
            at += 6
        number, skus = known[sale]
        kept = "".join(f" {skus[item]}*{left}" for item, _, left in lines if left) if count else ""
        if state <= 6:
            told.append(f"reservation {shard << 56 | generation << 32 | slot} sale {number} buyer {buyer} request {high}:{low} "
                        f"state {state} deadline {deadline} [{kept} ]")
    assert at == len(stream)
    return told


def main():
    said = subprocess.run([sys.argv[1]], capture_output=True, text=True, check=True).stdout.splitlines()
    stored = {line.split()[0]: bytes.fromhex(line.split()[1]) for line in said if line.startswith(("frame ", "snapshot "))}
    expected = [line for line in said if not line.startswith(("frame ", "snapshot "))]
    found = read_frame(stored["frame"]) + read_snapshot(stored["snapshot"])
    for ours, theirs in zip(found + [""] * len(expected), expected + [""] * len(found)):
        if ours != theirs:
            print(f"by the page:    {ours}\nby the program: {theirs}")
    print(f"{len(found)} facts read, {len(expected)} told")
    return 0 if found == expected else 1


sys.exit(main())
