import "./register";
import "../guests/holdfilter";
import "../guests/twice";

export * from "../../assembly/module";

/** What the module has in use, for tests of memory. */
export { bytesInUse } from "../../assembly/bytes/heap";
