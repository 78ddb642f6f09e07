/** When a format is written, and so which message is at hand. */
export enum Moment {
  /** While the request passes. */
  Request,
  /** While a reply passes; what it needs of the request was kept. */
  Reply,
  /** When the exchange is over: all was kept. */
  End,
}
