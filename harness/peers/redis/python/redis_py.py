"""Does with redis-py what the programs in ../node do with theirs, and writes what each step gave as one line of JSON."""
import argparse
import json
import sys
import threading

import redis

parser = argparse.ArgumentParser()
for name in ("port", "protocol", "db"):
    parser.add_argument("--" + name, type=int, default=0)
parser.add_argument("--password")
told = parser.parse_args()

WHO_SPEAKS = "return {KEYS[1], ARGV[1], redis.call('GET', KEYS[1]), 7, {ok='FINE'}}"
steps = []


def connect(name):
    return redis.Redis(host="127.0.0.1", port=told.port, protocol=told.protocol, password=told.password, db=told.db,
                       client_name=name, single_connection_client=True, retry=None, socket_timeout=20)


def plain(value):
    """What JSON cannot tell apart by itself."""
    if isinstance(value, bytes):
        return {"hex": value.hex()} if b"\0" in value else value.decode()
    if isinstance(value, Exception):
        return {"error": str(value)}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, dict):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, set):
        return {"set": sorted(str(plain(each)) for each in value)}
    if isinstance(value, tuple):
        return {"tuple": [plain(each) for each in value]}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def step(name, work):
    try:
        steps.append([name, plain(work())])
    except redis.RedisError as error:
        steps.append([name, {"error": str(error)}])


one, other = connect("first"), connect("second")

step("flush", lambda: one.flushdb())
step("set", lambda: one.set("k:a", "1"))
step("set if new", lambda: one.set("k:a", "2", nx=True, px=100000))
step("get", lambda: one.get("k:a"))
step("get nothing", lambda: one.get("k:none"))
step("mset", lambda: one.mset({"k:b": "b", "k:c": "ü"}))
step("mget", lambda: one.mget("k:a", "k:b", "k:none", "k:c"))
step("set bytes", lambda: one.set("k:bytes", bytes([0, 13, 10, 255])))
step("get bytes", lambda: one.get("k:bytes"))
step("hset", lambda: one.hset("k:h", mapping={"a": 1, "b": 2}))
step("hgetall", lambda: one.hgetall("k:h"))
step("sadd", lambda: one.sadd("k:s", "a", "b"))
step("smembers", lambda: set(one.smembers("k:s")))
step("zadd", lambda: one.zadd("k:z", {"a": 1.5, "b": 2}))
step("zrange", lambda: one.zrange("k:z", 0, -1, withscores=True))
step("zscore", lambda: one.zscore("k:z", "a"))
step("xadd", lambda: one.xadd("k:x", {"f": "v"}, id="1-1"))
step("xrange", lambda: one.xrange("k:x"))
step("wrong type", lambda: one.lpop("k:h"))
step("no such command", lambda: one.execute_command("NOSUCH", "k:a"))


def pipeline(transaction):
    with one.pipeline(transaction=transaction) as pipe:
        for i in range(300):
            pipe.set("k:p", i).get("k:p").lpop("k:p")
        return pipe.execute(raise_on_error=False)


step("pipeline", lambda: pipeline(False))
step("multi", lambda: pipeline(True))
step("multi with a refused command", lambda: one.pipeline().set("k:m", 2).execute_command("NOSUCH").execute())
step("nothing has run", lambda: one.get("k:m"))


def watched(changed):
    with one.pipeline() as pipe:
        pipe.watch("k:m")
        before = pipe.get("k:m")
        if changed:
            other.set("k:m", "6")
        pipe.multi()
        pipe.set("k:m", "5")
        return [before, pipe.execute()]


step("watch, unchanged", lambda: watched(False))
step("watch, changed", lambda: watched(True))
step("eval", lambda: one.eval(WHO_SPEAKS, 1, "k:m", "arg"))
speak = one.register_script(WHO_SPEAKS)
step("registered script", lambda: speak(keys=["k:m"], args=["arg"]))
step("registered script again", lambda: speak(keys=["k:m"], args=["arg"]))


def scan():
    one.mset({"scan:%d" % i: "x" for i in range(1000)})
    return sorted(one.scan_iter(match="scan:*", count=77))


step("scan", scan)

subscriber = connect("subscriber").pubsub()
hear = lambda count: [subscriber.get_message(timeout=10) for _ in range(count)]
step("subscribe", lambda: [subscriber.subscribe("c:1", "c:2", "c:3"), hear(3)])
step("psubscribe", lambda: [subscriber.psubscribe("c:*"), hear(1)])
step("publish", lambda: [one.publish("c:1", "one"), one.publish("c:9", "nine")])
step("messages", lambda: hear(3))
step("unsubscribe one", lambda: [subscriber.unsubscribe("c:2"), hear(1)])
step("unsubscribe all", lambda: [subscriber.unsubscribe(), sorted(str(plain(each)) for each in hear(2))])
step("punsubscribe all", lambda: [subscriber.punsubscribe(), hear(1)])


def blocked():
    found = []
    waits = threading.Thread(target=lambda: found.append(one.blpop(["k:new", "k:newer"], 10)))
    waits.start()
    other.rpush("k:newer", "it")
    waits.join()
    return found


step("blpop, comes", blocked)
step("blpop, does not come", lambda: one.blpop("k:never", 0.2))
step("client getname", lambda: one.client_getname())
step("client info", lambda: {name: one.client_info().get(name) for name in ("name", "db", "resp", "user", "lib-name")})
step("select", lambda: [one.select(3), one.set("k:three", 3), one.dbsize(), one.client_info()["db"]])
step("flush it", lambda: one.flushdb())
step("select back", lambda: [one.select(told.db), one.get("k:m"), other.get("k:three")])
step("ping", lambda: [one.ping(), one.echo("echo")])
step("config get", lambda: one.config_get("maxmemory"))
step("wrong password", lambda: one.execute_command("AUTH", "default", "wrong"))

json.dump(steps, sys.stdout)
print()
