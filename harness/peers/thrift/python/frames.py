"""Writes calls, and runs what others wrote, in memory: which methods the library's server runs of a client's bytes, with which arguments."""

import argparse
import json
import logging
import signal
import sys

from thrift.protocol.TMultiplexedProtocol import TMultiplexedProtocol
from thrift.server.TServer import TThreadedServer
from thrift.TMultiplexedProcessor import TMultiplexedProcessor
from thrift.transport.TTransport import TMemoryBuffer

import demo
import stack

# Damaged bytes may be of work without end.
LONGEST_S = 5


class Connection(TMemoryBuffer):
    """Answers go nowhere."""

    def write(self, buf):
        pass


class Recorder:
    def __init__(self, service, ran):
        self.service, self.ran = service, ran

    def __getattr__(self, method):
        names = demo.METHODS[method][0]
        return lambda *values: self.ran.append({"service": self.service, "method": method, "args": dict(zip(names, values))})


def plain(value):
    """What JSON has no form for."""
    if isinstance(value, (set, frozenset)):
        return list(value)
    return value.hex() if isinstance(value, bytes) else {name: getattr(value, name) for name in value.__slots__}


def give_up(_number, _frame):
    raise TimeoutError


class Peer:
    def __init__(self, asked):
        self.transports, self.protocols = stack.factories(asked.transport, asked.protocol, server=True)
        self.client, self.ran = stack.factories(asked.transport, asked.protocol), []
        alone = demo.Processor(Recorder("", self.ran), lambda *_: None)
        processor = TMultiplexedProcessor()
        processor.registerProcessor("Demo", demo.Processor(Recorder("Demo", self.ran), lambda *_: None))
        processor.registerDefault(alone)
        self.server = TThreadedServer(alone if asked.plain else processor, None, self.transports, self.protocols)

    def write(self, calls):
        buffer = TMemoryBuffer()
        transports, protocols = self.client
        protocol = protocols.getProtocol(transports.getTransport(buffer))
        client = demo.Client(protocol)
        for call in calls:
            client.protocol = TMultiplexedProtocol(protocol, "Demo") if call.get("service") else protocol
            values = [demo.Item(**{**value, "marks": set(value["marks"])}) if isinstance(value, dict) and "marks" in value else value for value in call["args"]]
            client.seqid += 1
            client.send(call["method"], *values)
        return buffer.getvalue().hex()

    def run(self, content):
        self.ran.clear()
        signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
        self.server.handle(Connection(bytes.fromhex(content)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        return list(self.ran)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--transport", default="framed")
    options.add_argument("--protocol", default="binary")
    options.add_argument("--plain", action="store_true")
    logging.disable()
    signal.signal(signal.SIGALRM, give_up)
    peer = Peer(options.parse_args())
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        done = [peer.write(calls) for calls in command["write"]] if "write" in command else [peer.run(content) for content in command["run"]]
        print(json.dumps({"id": command["id"], "ok": True, "done": done}, default=plain), flush=True)


main()
