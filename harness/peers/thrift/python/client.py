"""A Demo client on the Apache library. Connects with the first call, and again after its connection broke."""

import argparse
import socket

from thrift.protocol.TMultiplexedProtocol import TMultiplexedProtocol
from thrift.Thrift import TMessageType
from thrift.transport.THeaderTransport import THeaderTransformID
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TTransportException

import commands
import demo
import stack


class Peer:
    def __init__(self, asked):
        self.asked, self.client = asked, None

    def connected(self):
        if self.client is None:
            self.socket = TSocket("127.0.0.1", self.asked.port)
            self.transports, protocols = stack.factories(self.asked.transport, self.asked.protocol)
            trans = self.transports.getTransport(self.socket)
            self.protocol = protocols.getProtocol(trans)
            trans.open()
            self.socket.handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.asked.zlib:
                self.protocol.add_transform(THeaderTransformID.ZLIB)
            service = self.asked.service
            self.client = demo.Client(TMultiplexedProtocol(self.protocol, service) if service else self.protocol)
        return self.client

    def send(self, command):
        client = self.connected()
        self.socket.setTimeout(command.get("timeout", 10_000))
        for key, value in command.get("headers", {}).items():
            self.protocol.set_header(key.encode(), value.encode())
        method = command["method"]
        values = [demo.Item(**{**value, "marks": set(value["marks"])}) if isinstance(value, dict) else value for value in command.get("args", [])]
        client.send(method, *commands.arguments(method, values), kind=TMessageType.ONEWAY if command.get("oneway") else None)

    def receive(self, command):
        method = command["method"]
        if command.get("oneway") or demo.METHODS.get(method, (0, 0))[1] is demo.ONEWAY:
            return {"ok": True}
        if self.client is None:
            raise TTransportException(TTransportException.NOT_OPEN, "the connection broke before")
        value = self.client.recv(method)
        if isinstance(value, demo.Item):
            value = {name: getattr(value, name) for name in value.__slots__}
            value["marks"] = sorted(value["marks"])
        answer = {"ok": True, "value": commands.shown(method, value)}
        if self.asked.transport == "header":
            answer["headers"] = {key.decode(): text.decode() for key, text in self.protocol.get_headers().items()}
        return answer

    def attempt(self, work):
        """The answer of a step, or how it failed; a connection that is of no more use is given up."""
        try:
            return work()
        except Exception as error:
            if isinstance(error, (TTransportException, OSError, EOFError)) and self.client:
                self.protocol.trans.close()
                self.client = None
            return commands.refused(error)

    def call(self, command):
        def both():
            self.send(command)
            return self.receive(command)
        return self.attempt(both)

    def pipeline(self, calls):
        """Sends all, then reads all answers, as send_x and recv_x of generated clients allow; a break in between leaves answers to read."""
        sent, broken = 0, None
        try:
            for call in calls:
                self.send(call)
                sent += 1
        except (TTransportException, OSError) as error:
            broken = commands.refused(error)
        answers = [self.attempt(lambda: self.receive(call)) for call in calls[:sent]]
        if broken and self.client:
            self.protocol.trans.close()
            self.client = None
        return answers + [broken] * (len(calls) - sent)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--transport", default="framed")
    options.add_argument("--protocol", default="binary")
    options.add_argument("--service")
    options.add_argument("--zlib", action="store_true")
    peer = Peer(options.parse_args())
    commands.serve(peer.call, peer.pipeline)


main()
