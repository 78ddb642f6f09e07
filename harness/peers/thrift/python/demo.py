"""What the Thrift compiler would write for demo.thrift, as tables: on the Apache library's own classes, same calls in the same order."""

import logging

from thrift.protocol.TBase import TBase, TExceptionBase
from thrift.Thrift import TApplicationException, TMessageType, TProcessor, TType
from thrift.transport.TTransport import TTransportException

TEXT, BYTES = "UTF8", "BINARY"


class Item(TBase):
    __slots__ = ("id", "name", "numbers", "tags", "marks", "flag", "weight")
    thrift_spec = (
        None,
        (1, TType.I32, "id", None, None),
        (2, TType.STRING, "name", TEXT, None),
        (3, TType.LIST, "numbers", (TType.I64, None, False), None),
        (4, TType.MAP, "tags", (TType.STRING, TEXT, TType.STRING, TEXT, False), None),
        (5, TType.SET, "marks", (TType.I32, None, False), None),
        (6, TType.BOOL, "flag", None, None),
        (7, TType.DOUBLE, "weight", None, None),
    )

    def __init__(self, **fields):
        for name in self.__slots__:
            setattr(self, name, fields.get(name))


class Oops(TExceptionBase):
    __slots__ = ("code", "why")
    thrift_spec = (None, (1, TType.I32, "code", None, None), (2, TType.STRING, "why", TEXT, None))

    def __init__(self, code=None, why=None):
        self.code, self.why = code, why

    def __str__(self):
        return f"{self.code}: {self.why}"


I32, STRING, BINARY = (TType.I32, None), (TType.STRING, TEXT), (TType.STRING, BYTES)
ITEM, MAP = (TType.STRUCT, [Item, Item.thrift_spec]), (TType.MAP, (TType.STRING, TEXT, TType.STRING, TEXT, False))
ONEWAY = "oneway"
# name: arguments by name, result (None: void), whether Oops is declared
METHODS = {
    "echo": ({"text": STRING}, STRING, False),
    "item": ({"it": ITEM}, ITEM, True),
    "add": ({"a": I32, "b": I32}, I32, False),
    "notify": ({"text": STRING}, ONEWAY, False),
    "boom": ({"why": STRING}, None, True),
    "crash": ({"why": STRING}, STRING, False),
    "blob": ({"data": BINARY}, BINARY, False),
    "sleep": ({"ms": I32, "tag": STRING}, STRING, False),
    "whoami": ({}, STRING, False),
    "headers": ({}, MAP, False),
    "calls": ({"method": STRING}, I32, False),
    "drop": ({"what": STRING}, STRING, False),
    "many": ({"xs": (TType.LIST, (TType.STRING, TEXT, False))}, I32, False),
    "maps": ({"m": MAP}, I32, False),
    "setz": ({"s": (TType.SET, (TType.STRING, TEXT, False))}, I32, False),
}


def struct(name, fields):
    """A struct class of fields (id, (type, its arguments), name)."""
    spec = [None] * (max((number for number, _, _ in fields), default=-1) + 1)
    for number, (kind, of), field in fields:
        spec[number] = (number, kind, field, of, None)
    slots = tuple(field for _, _, field in fields)

    def init(self, *values):
        for field, value in zip(slots, values + (None,) * len(slots)):
            setattr(self, field, value)

    return type(name, (TBase,), {"__slots__": slots, "thrift_spec": tuple(spec), "__init__": init})


def structs_of(method):
    """The classes of a method's arguments and result; None for the result of a one-way one."""
    arguments, result, declares = METHODS[method]
    args = struct(method + "_args", [(n, kind, name) for n, (name, kind) in enumerate(arguments.items(), 1)])
    if result is ONEWAY:
        return args, None
    fields = [(0, result, "success")] if result else []
    if declares:
        fields.append((1, (TType.STRUCT, [Oops, Oops.thrift_spec]), "oops"))
    return args, struct(method + "_result", fields)


STRUCTS = {method: structs_of(method) for method in METHODS}


class Client:
    """As generated for Python: every call has sequence id 0."""

    def __init__(self, protocol):
        self.protocol, self.seqid = protocol, 0

    def send(self, method, *values, kind=None):
        args, result = STRUCTS.get(method, STRUCTS["echo"])
        default = TMessageType.CALL if result else TMessageType.ONEWAY
        self.protocol.writeMessageBegin(method, kind or default, self.seqid)
        args(*values).write(self.protocol)
        self.protocol.writeMessageEnd()
        self.protocol.trans.flush()

    def recv(self, method):
        _, kind, _ = self.protocol.readMessageBegin()
        result = TApplicationException() if kind == TMessageType.EXCEPTION else STRUCTS[method][1]()
        result.read(self.protocol)
        self.protocol.readMessageEnd()
        if kind == TMessageType.EXCEPTION:
            raise result
        if getattr(result, "success", None) is not None:
            return result.success
        if getattr(result, "oops", None) is not None:
            raise result.oops
        if METHODS[method][1] is None:
            return None
        raise TApplicationException(TApplicationException.MISSING_RESULT, f"{method} failed: unknown result")


class Processor(TProcessor):
    """`called(method, protocol)` runs before each call of the handler."""

    def __init__(self, handler, called):
        self.handler, self.called = handler, called

    def process(self, iprot, oprot):
        method, _, seqid = iprot.readMessageBegin()
        if method not in STRUCTS:
            iprot.skip(TType.STRUCT)
            iprot.readMessageEnd()
            error = TApplicationException(TApplicationException.UNKNOWN_METHOD, f"Unknown function {method}")
            self.answer(oprot, method, TMessageType.EXCEPTION, seqid, error)
            return True
        arguments, result = STRUCTS[method]
        args = arguments()
        args.read(iprot)
        iprot.readMessageEnd()
        self.called(method, oprot)
        answer, kind = self.run(method, args, result)
        if result:
            self.answer(oprot, method, kind, seqid, answer)
        return True

    def run(self, method, args, result):
        answer = result() if result else None
        try:
            value = getattr(self.handler, method)(*(getattr(args, name) for name in args.__slots__))
            if answer is not None and "success" in answer.__slots__:
                answer.success = value
        except TTransportException:
            raise
        except Oops as oops:
            answer.oops = oops
        except Exception:
            logging.exception("Unexpected exception in handler")
            return TApplicationException(TApplicationException.INTERNAL_ERROR, "Internal error"), TMessageType.EXCEPTION
        return answer, TMessageType.REPLY

    @staticmethod
    def answer(oprot, method, kind, seqid, value):
        oprot.writeMessageBegin(method, kind, seqid)
        value.write(oprot)
        oprot.writeMessageEnd()
        oprot.trans.flush()
