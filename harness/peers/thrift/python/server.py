"""A Demo server on the Apache library: says {"ready":true,"port":N} once it listens, ends when its standard input does."""

import argparse
import json
import os
import socket
import sys
import threading
import time
from collections import Counter

from thrift.server.TServer import TThreadedServer
from thrift.TMultiplexedProcessor import TMultiplexedProcessor
from thrift.transport.TSocket import TServerSocket

import demo
import stack


class Handler:
    def __init__(self, name, calls):
        self.name, self.counts, self.call = name, calls, threading.local()

    def echo(self, text):
        return text

    def item(self, it):
        if it.id < 0:
            raise demo.Oops(it.id, "negative id")
        return it

    def add(self, a, b):
        return a + b

    def notify(self, text):
        pass

    def boom(self, why):
        raise demo.Oops(7, why)

    def crash(self, why):
        raise RuntimeError(why)

    def blob(self, data):
        return data

    def sleep(self, ms, tag):
        time.sleep(ms / 1000)
        return tag

    def whoami(self):
        return self.name

    def headers(self):
        return self.call.headers

    def calls(self, method):
        return self.counts[method]

    def drop(self, what):
        return what

    def many(self, xs):
        return len(xs)

    maps = setz = many

    def called(self, method, protocol):
        self.counts[method] += 1
        header = hasattr(protocol, "get_headers")
        self.call.headers = {key.decode(): value.decode() for key, value in protocol.get_headers().items()} if header else {}
        if header:
            protocol.set_header(b"served-by", self.name.encode())


class Listening(TServerSocket):
    def listen(self):
        super().listen()
        print(json.dumps({"ready": True, "port": self.handle.getsockname()[1]}), flush=True)

    def accept(self):
        client = super().accept()
        client.handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client


def end_with_input():
    sys.stdin.read()
    os._exit(0)


def multiplexed(processors):
    processor = TMultiplexedProcessor()
    for service, each in processors.items():
        processor.registerProcessor(service, each)
    processor.registerDefault(processors["Demo"])
    return processor


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--name", required=True)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--transport", default="framed")
    options.add_argument("--protocol", default="binary")
    options.add_argument("--plain", action="store_true")
    asked = options.parse_args()
    calls = Counter()
    processors = {}
    for service, suffix in (("Demo", ""), ("Stock", "/Stock")):
        handler = Handler(asked.name + suffix, calls)
        processors[service] = demo.Processor(handler, handler.called)
    processor = processors["Demo"] if asked.plain else multiplexed(processors)
    threading.Thread(target=end_with_input, daemon=True).start()
    transports, protocols = stack.factories(asked.transport, asked.protocol, server=True)
    TThreadedServer(processor, Listening("127.0.0.1", asked.port), transports, protocols, daemon=True).serve()


main()
