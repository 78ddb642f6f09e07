/** What clients are told where a request has no answer of its server's. */
export const UNREACHABLE = /could not be reached|no healthy endpoint/;
export const CLOSED = /closed the connection before it answered/;
export const NO_ROUTE = /no route matches this request/;
export const OTHER_CLUSTER = /leads to another cluster than its connection/;
export const NO_CONNECTION = /no connection to the server in time/;
export const DENIED = /access denied/;
export const LIMITED = /too many requests/;
/** None of the filter's own words: the connection ended, or the client itself gave up. */
export const OURS = /could not be reached|no healthy endpoint|closed the connection before it answered|no route matches|another cluster|server in time|access denied|too many requests/;
