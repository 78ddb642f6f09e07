import assert from "node:assert/strict";
import { test } from "node:test";
import { registryProvider } from "./registry.ts";

test("registries are named by their URLs", () => {
  assert.equal(registryProvider("zookeeper://127.0.0.1").name, "zookeeper 127.0.0.1:2181");
  assert.equal(registryProvider("zookeeper://user:secret@a:1,[::1]:2/?group=dubbo&name=eu&port=20880", "zookeeper://b").name, "zookeeper a:1,[::1]:2, zookeeper b:2181");
});

test("each registry has the port that it is known by", () => {
  const names = ["etcd", "nacos", "consul", "eureka"].map((scheme) => registryProvider(`${scheme}://a`).name);
  assert.deepEqual(names, ["etcd a:2379", "nacos a:8848", "consul a:8500", "eureka a:8761"]);
});

const wrong: [url: string, message: RegExp][] = [
  ["", /must be of the form/],
  ["127.0.0.1:2181", /must be of the form/],
  ["redis://127.0.0.1", /registry redis:\/\/127\.0\.0\.1: unknown kind of registry, allowed: zookeeper:\/\//],
  ["constructor://127.0.0.1", /unknown kind of registry/],
  ["zookeeper://a:99999", /"a:99999" is not host:port/],
  ["zookeeper://a b", /"a b" is not host:port/],
  ["zookeeper://a?grup=x", /has no parameter "grup": name, port, addresses, group/],
  ["nacos://a,b", /nacos:\/\/ takes one server/],
  ["eureka://user:pw@a", /eureka:\/\/ does not support user and password/],
  ["zookeeper://a?port=0", /port must be a number of 1 to 65535/],
  ["zookeeper://a?addresses=127.0.0.1", /addresses must be a range such as/],
  ["zookeeper://a?name=a%20b", /name must be letters/],
  ["zookeeper://a?group=a/b", /group must be letters/],
];

for (const [url, message] of wrong) test(`${url || "nothing"} is refused with what is wrong`, () => assert.throws(() => registryProvider(url), message));

test("a password is in no message", () => {
  for (const url of ["zookeeper://user:secret@a?x=1", "zookeeper:/user:secret@a", "user:secret@a", "zookeeper://user:se@cret@secret@a", "consul://a?token=secret", "zookeeper://user:s/ecret/secret@a"]) {
    assert.throws(() => registryProvider(url), (error: Error) => !error.message.includes("secret"), url);
  }
});
