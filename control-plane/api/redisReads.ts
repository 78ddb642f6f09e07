/** Commands that change nothing: those with the flag `readonly` in the servers' own list (COMMAND), and those about the connection. */
export const REDIS_READS = (
  "auth bitcount bitfield_ro bitpos client cluster command dbsize dump echo eval_ro evalsha_ro exists expiretime fcall_ro " +
  "geodist geohash geopos georadius_ro georadiusbymember_ro geosearch get getbit getrange hello hexists hexpiretime hget hgetall " +
  "hkeys hlen hmget hpexpiretime hpttl hrandfield hscan hstrlen httl hvals info keys lastsave lcs lindex llen lolwut lpos lrange " +
  "memory mget object pexpiretime pfcount ping pttl quit randomkey role scan scard sdiff select sinter sintercard sismember " +
  "smembers smismember sort_ro srandmember sscan strlen stralgo substr sunion time touch ttl type wait xinfo xlen xpending xrange " +
  "xread xrevrange zcard zcount zdiff zinter zintercard zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank " +
  "zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion"
).split(" ");
