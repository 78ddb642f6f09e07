/** One version of what is to happen to requests, as an exchange knows it. */
export class ConfigVersion {
  /** Requests, and lanes that keep to the routes of old, that go by it. */
  users: i32 = 0;
  /** Words of its filters that each exchange has. */
  words: i32 = 0;
}
