export { FakeHcm, Http2Error, type HcmOptions } from "./http2/hcm.ts";
export { Lane } from "./http2/lane.ts";
