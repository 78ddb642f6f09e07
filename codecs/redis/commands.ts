/** What the codec knows of each command: where its keys are, and what it does to the connection. See `COMMAND` in the servers' commands/*.json. */

/** Where keys, timeouts and the like are, or what the connection must do, beyond first, last and step. */
export enum Special {
  None = 0,
  /** Number of keys in argument 1, keys from 2 on; each with a value behind it. */
  Count1 = 1, Pairs1 = 2,
  /** A script or function: number of keys in argument 2, keys from 3 on. */
  Count2 = 3,
  /** Key in 1, number of further keys in 2, those from 3 on. */
  StoreCount2 = 4,
  /** Timeout in 1, number of keys in 2, keys from 3 on. */
  BlockCount2 = 5,
  /** Key in 1, and those behind STORE and STOREDIST. */
  Sort = 6, GeoRadius = 7,
  /** Key in 3, or all behind KEYS. */
  Migrate = 8,
  /** Two keys behind KEYS. */
  StrAlgo = 9,
  /** Keys in the first half of what follows STREAMS; BLOCK milliseconds. */
  Streams = 10,
  /** Key in 2, behind a subcommand. */
  Sub = 11,
  /** Timeout in seconds in the last argument. */
  BlockLast = 12,
  /** Timeout in milliseconds in the last argument. */
  Wait = 13,
  /** Keys behind some subcommands; those that reach only what they name are known. */
  Debug = 14, Cluster = 15, Module = 16,
  /** It may name another database. */
  Copy = 17,
  Hello = 20, Auth = 21, Select = 22, Client = 23, Reset = 24, ReadOnly = 25, ReadWrite = 26, Quit = 27,
  Multi = 30, Exec = 31, Discard = 32, Watch = 33, Unwatch = 34,
  /** Channels, patterns, shard channels; and their ends, in the same order. */
  Subscribe = 40, PSubscribe = 41, SSubscribe = 42, Unsubscribe = 43, PUnsubscribe = 44, SUnsubscribe = 45,
  Publish = 46,
  Scan = 50, Monitor = 51, Replication = 52, Replconf = 53,
  /** LOAD, FLUSH, DELETE and the like are for all servers. */
  Script = 54,
  /** A browser that was lured into speaking to a server: the servers close on it, and so does the codec. */
  Http = 55,
}

/** It changes nothing. */
export const READ: i32 = 1;
/** Any server will do. */
export const KEYLESS: i32 = 2;
/** Its first argument is a subcommand. */
export const CONTAINER: i32 = 4;
/** It reads, changes or tells of keys that it does not name; and so in all databases. */
export const UNSEEN: i32 = 8, WIDE: i32 = 16;

@final
export class Command {
  constructor(
    /** Lower case. */
    public name: string,
    /** Arguments with keys; a last below 0 counts from the end; first 0: none. */
    public first: i32, public last: i32, public step: i32, public special: Special, public flags: i32,
  ) {}
}

/** A command that is not in the table, such as a module's: its first argument is taken for a key, and it may have others. */
const UNKNOWN = new Command("", 1, 1, 1, Special.None, UNSEEN | WIDE);

const table: StaticArray<Command | null> = new StaticArray<Command | null>(1024);

/** The command of a lower-case name. */
export function findCommand(at: usize, length: i32): Command {
  let place = hash(at, length);
  let command = table[place];
  while (command) {
    if (command.name.length == length && same(at, command.name)) return command;
    place = (place + 1) & 1023;
    command = table[place];
  }
  return UNKNOWN;
}

function hash(at: usize, length: i32): i32 {
  let value: u32 = 0x811c9dc5;
  for (let i = 0; i < length; i++) value = (value ^ <u32>load<u8>(at + i)) * 0x01000193;
  return (value ^ (value >> 15)) & 1023;
}

function same(at: usize, name: string): bool {
  for (let i = 0; i < name.length; i++) if (<i32>load<u8>(at + i) != name.charCodeAt(i)) return false;
  return true;
}

function add(first: i32, last: i32, step: i32, special: Special, flags: i32, names: string): void {
  const list = names.split(" ");
  for (let i = 0; i < list.length; i++) {
    const bytes = String.UTF8.encode(list[i]);
    let place = hash(changetype<usize>(bytes), bytes.byteLength);
    while (table[place]) place = (place + 1) & 1023;
    table[place] = new Command(list[i], first, last, step, special, flags);
  }
}

add(1, 1, 1, Special.None, READ, "get strlen getrange substr getbit bitcount bitpos bitfield_ro type ttl pttl expiretime "
  + "pexpiretime dump hget hmget hgetall hkeys hvals hlen hexists hstrlen hrandfield hscan httl hpttl hexpiretime hpexpiretime "
  + "lrange lindex llen lpos scard sismember smismember smembers srandmember sscan zcard zcount zlexcount zrange zrangebylex "
  + "zrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrank zrevrank zscore zmscore zrandmember zscan geodist geohash "
  + "geopos geosearch georadius_ro georadiusbymember_ro xlen xrange xrevrange xpending "
  + "digest vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrange vsim");
add(1, 1, 1, Special.None, 0, "set setnx setex psetex setrange setbit append incr incrby incrbyfloat decr decrby getset getdel getex bitfield "
  + "delifeq delex expire expireat pexpire pexpireat persist restore restore-asking pfadd geoadd hset hsetnx hsetex hmset hdel hgetdel hgetex "
  + "hincrby hincrbyfloat hexpire hexpireat hpexpire hpexpireat hpersist lpush lpushx rpush rpushx lpop rpop linsert lset lrem ltrim sadd srem spop "
  + "zadd zincrby zrem zpopmin zpopmax zremrangebylex zremrangebyrank zremrangebyscore xadd xack xackdel xdel xdelex xtrim xclaim xautoclaim xsetid "
  + "vadd vrem vsetattr");
add(1, 1, 1, Special.Copy, 0, "move");
add(1, -1, 1, Special.None, READ, "exists touch mget sinter sunion sdiff pfcount");
add(1, -1, 1, Special.None, 0, "del unlink sinterstore sunionstore sdiffstore pfmerge");
add(1, -1, 2, Special.None, 0, "mset msetnx");
add(1, 2, 1, Special.None, READ, "lcs");
add(1, 2, 1, Special.None, 0, "rename renamenx smove rpoplpush lmove geosearchstore zrangestore");
add(1, 2, 1, Special.Copy, 0, "copy");
add(2, 2, 1, Special.None, 0, "pfdebug");
add(2, -1, 1, Special.None, 0, "bitop");
add(1, -2, 1, Special.BlockLast, 0, "blpop brpop bzpopmin bzpopmax");
add(1, 2, 1, Special.BlockLast, 0, "blmove brpoplpush");
add(0, 0, 0, Special.Count1, READ, "zunion zinter zdiff zintercard sintercard");
add(0, 0, 0, Special.Count1, 0, "lmpop zmpop");
add(0, 0, 0, Special.Pairs1, 0, "msetex");
add(0, 0, 0, Special.Count2, READ | UNSEEN | WIDE, "eval_ro evalsha_ro fcall_ro");
add(0, 0, 0, Special.Count2, UNSEEN | WIDE, "eval evalsha fcall");
add(0, 0, 0, Special.StoreCount2, 0, "zunionstore zinterstore zdiffstore");
add(0, 0, 0, Special.BlockCount2, 0, "blmpop bzmpop");
add(0, 0, 0, Special.Streams, READ, "xread");
add(0, 0, 0, Special.Streams, 0, "xreadgroup");
add(0, 0, 0, Special.Sort, READ, "sort_ro");
add(0, 0, 0, Special.Sort, 0, "sort");
add(0, 0, 0, Special.GeoRadius, 0, "georadius georadiusbymember");
add(0, 0, 0, Special.Migrate, 0, "migrate");
add(0, 0, 0, Special.StrAlgo, READ, "stralgo");
add(2, 2, 1, Special.Sub, CONTAINER | READ, "object xinfo memory");
add(2, 2, 1, Special.Sub, CONTAINER, "xgroup");
add(0, 0, 0, Special.None, KEYLESS | READ, "ping echo info dbsize time lastsave lolwut role");
add(0, 0, 0, Special.None, KEYLESS | READ | UNSEEN, "randomkey keys clusterscan");
add(0, 0, 0, Special.None, KEYLESS, "save bgsave bgrewriteaof shutdown asking pfselftest");
add(0, 0, 0, Special.None, KEYLESS | UNSEEN, "flushdb");
add(0, 0, 0, Special.None, KEYLESS | UNSEEN | WIDE, "flushall swapdb failover replicaof slaveof");
add(0, 0, 0, Special.None, KEYLESS | CONTAINER, "config command latency acl pubsub");
add(0, 0, 0, Special.None, KEYLESS | CONTAINER | UNSEEN | WIDE, "commandlog slowlog");
add(0, 0, 0, Special.Debug, CONTAINER, "debug");
add(0, 0, 0, Special.Cluster, KEYLESS | CONTAINER, "cluster");
add(0, 0, 0, Special.Module, KEYLESS | CONTAINER, "module");
add(0, 0, 0, Special.Wait, KEYLESS, "wait waitaof");
add(0, 0, 0, Special.Script, KEYLESS | CONTAINER, "script function");
add(0, 0, 0, Special.Scan, KEYLESS | READ | UNSEEN, "scan");
add(0, 0, 0, Special.Monitor, KEYLESS | UNSEEN | WIDE, "monitor");
add(0, 0, 0, Special.Replication, KEYLESS | UNSEEN | WIDE, "psync sync");
add(0, 0, 0, Special.Replconf, KEYLESS, "replconf");
add(0, 0, 0, Special.Publish, 0, "publish spublish");
add(0, 0, 0, Special.Subscribe, 0, "subscribe");
add(0, 0, 0, Special.PSubscribe, 0, "psubscribe");
add(0, 0, 0, Special.SSubscribe, 0, "ssubscribe");
add(0, 0, 0, Special.Unsubscribe, KEYLESS, "unsubscribe");
add(0, 0, 0, Special.PUnsubscribe, KEYLESS, "punsubscribe");
add(0, 0, 0, Special.SUnsubscribe, KEYLESS, "sunsubscribe");
add(0, 0, 0, Special.Multi, KEYLESS, "multi");
add(0, 0, 0, Special.Exec, KEYLESS, "exec");
add(0, 0, 0, Special.Discard, KEYLESS, "discard");
add(1, -1, 1, Special.Watch, 0, "watch");
add(0, 0, 0, Special.Unwatch, KEYLESS, "unwatch");
add(0, 0, 0, Special.Hello, KEYLESS, "hello");
add(0, 0, 0, Special.Auth, KEYLESS, "auth");
add(0, 0, 0, Special.Select, KEYLESS, "select");
add(0, 0, 0, Special.Client, KEYLESS | CONTAINER, "client");
add(0, 0, 0, Special.Reset, KEYLESS, "reset");
add(0, 0, 0, Special.ReadOnly, KEYLESS, "readonly");
add(0, 0, 0, Special.ReadWrite, KEYLESS, "readwrite");
add(0, 0, 0, Special.Quit, KEYLESS, "quit");
add(0, 0, 0, Special.Http, KEYLESS, "post host:");
