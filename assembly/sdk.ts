/** The SDK for proxy-wasm ABI 0.2.1: all that authors of filters import. An entry file re-exports `callbacks` as well. */
export { Action, Buffer, LogLevel, MapType, Peer, Status } from "./env/enums";
export { lastStatus } from "./env/memory";

export { Context, HttpContext, NetworkContext, RootContext } from "./context/context";
export { GrpcCall, GrpcStream, HttpCall, openCalls } from "./context/calls";
export { connectionCount, requestCount, setRootFactory } from "./context/contexts";

export { appendBuffer, bufferSize, bufferText, prependBuffer, readBuffer, readRange, replaceBuffer, replacePrefix } from "./host/buffer";
export { nowMilliseconds, nowNanoseconds, setTickPeriod } from "./host/clock";
export { compress, uncompress } from "./host/compression";
export { cryptoError, ecdsaToDer, keyBytes, sign, verifyJws, verifySignature } from "./host/crypto";
export { Expression } from "./host/expression";
export { clearRouteCache, declareProperty, LifeSpan, PropertyType, setFilterState } from "./host/filterstate";
export { callForeign } from "./host/foreign";
export { callStatus, callStatusText } from "./host/grpcCall";
export { addHeader, header, HeaderMap, headerMapSize, readHeader, removeHeader, setHeader, setHeaderBytes, setHeaders } from "./host/headers";
export { NO_GRPC_STATUS, sendLocalResponse } from "./host/localResponse";
export { isLogged, log, logCritical, logDebug, logError, logInfo, logLevel, logTrace, logWarn } from "./host/log";
export { Counter, Gauge, Histogram, labelled } from "./host/metrics";
export { Property, property } from "./host/property";
export { connection, destination, filterState, metadata, nodeMetadata, plugin, request, response, source, upstream, xds } from "./host/attributes";
export { dequeue, enqueue, registerQueue, resolveQueue } from "./host/queue";
export { ABSENT, ANY_VERSION, readSharedData, setSharedData, sharedDataVersion, takeNumber } from "./host/sharedData";
export { closeDownstream, continueRequest, continueResponse, done, drainDownstream, resetHttpStream, selectContext } from "./host/stream";

export { Jwt, MAX_TOKEN } from "./jwt/jwt";
export { JwtKey, readJwks, readJwtKey } from "./jwt/key";

export { decodeBase64 } from "./bytes/base64";
export { Json, JsonKind } from "./bytes/json";
export { parseJson } from "./bytes/jsonParser";
export { PairReader, PairWriter } from "./bytes/pairs";
export { Problems } from "./bytes/problems";
export { FieldReader, readVarint, WireType, writeBytes, writeNumber, writeTag, writeText, writeVarint } from "./bytes/protobuf";
export { Random } from "./bytes/random";
export { Reader } from "./bytes/reader";
export { isUtf8, utf8Bytes } from "./bytes/utf8";
export { Writer } from "./bytes/writer";
