/** A buffer of Envoy's that the guest may change. */
export interface Bytes { bytes: Buffer }
