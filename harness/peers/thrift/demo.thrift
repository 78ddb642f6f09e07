// What the test peers speak. thriftpy2 reads this file; the Apache peers have the same as a table each (python/demo.py, node/demo.mjs, go/demo.go).
namespace * demo

struct Item {
  1: i32 id
  2: string name
  3: list<i64> numbers
  4: map<string, string> tags
  5: set<i32> marks
  6: optional bool flag
  7: double weight
}

exception Oops {
  1: i32 code
  2: string why
}

service Demo {
  string echo(1: string text)
  Item item(1: Item it) throws (1: Oops oops)
  i32 add(1: i32 a, 2: i32 b)
  // counted, not answered
  oneway void notify(1: string text)
  // throws Oops with code 7
  void boom(1: string why) throws (1: Oops oops)
  // throws what no one declared
  string crash(1: string why)
  // what came goes back
  binary blob(1: binary data)
  // says tag after so many milliseconds
  string sleep(1: i32 ms, 2: string tag)
  // the server's name; of another service than Demo with the service behind it: NAME/Stock
  string whoami()
  // keys and values of the THeader that this call came with
  map<string, string> headers()
  // how often a method was called since the server started
  i32 calls(1: string method)
  // says what came; rules forbid it
  string drop(1: string what)
  // how many there are
  i32 many(1: list<string> xs)
  i32 maps(1: map<string, string> m)
  i32 setz(1: set<string> s)
}
