import { selectContext } from "../host/stream";
import { RootContext } from "./root";

/** What the host knows by a number. */
export abstract class Context {
  constructor(public id: u32, public root: RootContext) {}

  /** Lets the host calls that follow act on this context; false if it is gone. In its own callbacks it is selected. */
  select(): bool { return selectContext(this.id); }

  /** The stream has ended. */
  onDone(): void {}
  /** Behind `onDone`; access logs are written after this. */
  onLog(): void {}
  /** Last call: the host forgets the context. */
  onDelete(): void {}
}
