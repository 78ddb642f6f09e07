/** What the VM's memory is taken up by. */

let blocks: usize = 0;

/** Bytes of blocks that are freed by hand, taken, or given back. */
export function tookBlock(bytes: i32): void { blocks += bytes; }
export function gaveBlock(bytes: i32): void { blocks -= bytes; }

/** Bytes of all objects of the runtime, those included that nobody can reach any more and that were not collected yet. */
export function managedBytes(): usize {
  // @ts-ignore: made known by harness/build/managed.mjs; a module that is compiled without it cannot know
  return isDefined(__managed) ? __managed() : 0;
}

/** All bytes in use: objects, and blocks that are freed by hand. */
export function bytesInUse(): usize { return blocks + managedBytes(); }
