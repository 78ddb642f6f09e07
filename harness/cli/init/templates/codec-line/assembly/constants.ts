/**
 * {{name}}: a protocol made up for this project; make it yours. A message is one line, its words one space apart:
 *
 *   call ID METHOD BODY\n    a request
 *   ok ID BODY\n             its reply
 *   error ID TEXT\n          its reply if it failed
 */
export const LF: u8 = 0x0a, SPACE: u8 = 0x20;

/** Bytes of a line at most, its end included. */
export const MAX_LINE = 64 << 10;

/** Slot of the key `method`. */
export const METHOD = 0;
