"""Transports and protocols of the Apache library by the names that the tests use."""

from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
from thrift.protocol.TCompactProtocol import TCompactProtocolFactory
from thrift.protocol.THeaderProtocol import THeaderProtocolFactory
from thrift.transport.THeaderTransport import THeaderClientType, THeaderSubprotocolID
from thrift.transport.TTransport import HARD_MAX_FRAME_SIZE, TBufferedTransportFactory, TFramedTransportFactory, TTransportFactoryBase

ALL_CLIENTS = tuple(value for name, value in vars(THeaderClientType).items() if name.isupper())
SUBPROTOCOLS = {"binary": THeaderSubprotocolID.BINARY, "compact": THeaderSubprotocolID.COMPACT}
PROTOCOLS = {"binary": TBinaryProtocolFactory, "compact": TCompactProtocolFactory}


class Header(THeaderProtocolFactory):
    """THeader with room for the largest frame."""

    def getProtocol(self, trans):
        protocol = super().getProtocol(trans)
        protocol.trans.set_max_frame_size(HARD_MAX_FRAME_SIZE - 1)
        protocol.trans.set_max_decompressed_size(HARD_MAX_FRAME_SIZE)
        return protocol


def factories(transport, protocol, server=False):
    """Factories of the transport (framed, buffered, header) and of the protocol (binary, compact) in it."""
    if transport == "header":
        return TTransportFactoryBase(), Header(ALL_CLIENTS if server else (THeaderClientType.HEADERS,), SUBPROTOCOLS[protocol])
    transports = {"framed": lambda: TFramedTransportFactory(HARD_MAX_FRAME_SIZE), "buffered": TBufferedTransportFactory}
    return transports[transport](), PROTOCOLS[protocol](string_length_limit=HARD_MAX_FRAME_SIZE)
