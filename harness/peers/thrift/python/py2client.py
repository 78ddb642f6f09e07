"""A Demo client on thriftpy2, which reads demo.thrift itself: framed or buffered, binary or compact."""

import argparse
import pathlib

import thriftpy2
from thriftpy2.protocol import TBinaryProtocolFactory, TCompactProtocolFactory, TMultiplexedProtocolFactory
from thriftpy2.rpc import make_client
from thriftpy2.thrift import TException
from thriftpy2.transport import TBufferedTransportFactory, TFramedTransportFactory, TTransportException

import commands

IDL = thriftpy2.load(str(pathlib.Path(__file__).parent.parent / "demo.thrift"), module_name="demo_thrift")
TRANSPORTS = {"framed": TFramedTransportFactory, "buffered": TBufferedTransportFactory}
PROTOCOLS = {"binary": TBinaryProtocolFactory, "compact": TCompactProtocolFactory}


class Peer:
    def __init__(self, asked):
        self.asked, self.client = asked, None

    def connected(self):
        if self.client is None:
            protocols = PROTOCOLS[self.asked.protocol]()
            if self.asked.service:
                protocols = TMultiplexedProtocolFactory(protocols, self.asked.service)
            self.client = make_client(IDL.Demo, "127.0.0.1", self.asked.port, proto_factory=protocols,
                                      trans_factory=TRANSPORTS[self.asked.transport](), timeout=10_000)
        return self.client

    def call(self, command):
        method = command["method"]
        try:
            values = [IDL.Item(**value) if isinstance(value, dict) else value for value in command.get("args", [])]
            value = getattr(self.connected(), method)(*commands.arguments(method, values))
            if isinstance(value, IDL.Item):
                value = {**vars(value), "marks": sorted(value.marks)}
            return {"ok": True, "value": commands.shown(method, value)}
        except (TException, OSError, EOFError) as error:
            if isinstance(error, (TTransportException, OSError, EOFError)) and self.client:
                self.client.close()
                self.client = None
            return {**commands.refused(error), "error": getattr(error, "message", None) or getattr(error, "why", None) or str(error)}

    def pipeline(self, calls):
        raise NotImplementedError("thriftpy2 has no way to send without reading")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--transport", default="framed")
    options.add_argument("--protocol", default="binary")
    options.add_argument("--service")
    peer = Peer(options.parse_args())
    commands.serve(peer.call, peer.pipeline)


main()
