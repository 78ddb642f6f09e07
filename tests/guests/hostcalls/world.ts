// Steps that are about no stream: log, time, shared data, queues, metrics, properties, foreign functions.
import {
  callForeign, clearRouteCache, compress, Counter, cryptoError, declareProperty, dequeue, done, enqueue, Expression, Gauge, Histogram, isLogged,
  lastStatus, LifeSpan, log, LogLevel, logLevel, nowNanoseconds, Property, PropertyType, readSharedData, registerQueue, resolveQueue,
  setFilterState, setSharedData, setTickPeriod, sharedDataVersion, sign, uncompress, verifySignature, Writer,
} from "../../../assembly/sdk";
import { proxy_define_metric, proxy_get_metric, proxy_get_property, proxy_increment_metric, proxy_log, proxy_record_metric, proxy_set_property } from "../../../assembly/env/imports";
import { RESULT, RESULT_AT, RESULT_SIZE } from "../../../assembly/env/memory";
import { shown, Step } from "./script";

const bytes: Writer = new Writer(1024), more: Writer = new Writer(1024);
const queues: Map<string, u32> = new Map<string, u32>();
const counters: Map<string, Counter> = new Map<string, Counter>();
const gauges: Map<string, Gauge> = new Map<string, Gauge>();

export function worldStep(step: Step): bool {
  bytes.reset();
  more.reset();
  return hostStep(step) || sharedStep(step) || metricStep(step) || propertyStep(step) || foreignStep(step);
}

function hostStep(step: Step): bool {
  const name = step.name;
  if (name == "log") log(<LogLevel>step.int(1), "#" + step.text(2));
  else if (name == "logLevel") step.value(0, (<i32>logLevel()).toString() + (isLogged(LogLevel.Debug) ? " debug" : ""));
  else if (name == "raw.log") step.status(proxy_log(step.int(1), 0, 0));
  else if (name == "raw.log_outside") step.status(proxy_log(2, <usize>0xfffffff0, 100));
  else if (name == "now") step.value(0, nowNanoseconds() > 1_500_000_000_000_000_000 ? "a time" : "no time");
  else if (name == "setTickPeriod") step.status(setTickPeriod(step.int(1)));
  else if (name == "finish") step.status(done());
  else return false;
  return true;
}

function sharedStep(step: Step): bool {
  const name = step.name;
  if (name == "setSharedData") {
    const value = step.bytes(2), version = step.text(3) == "last" ? sharedDataVersion() : <u32>step.int(3);
    step.status(setSharedData(step.text(1), changetype<usize>(value), value.length, version));
  } else if (name == "readSharedData") {
    readSharedData(step.text(1), bytes);
    step.value(lastStatus(), shown(bytes.base, bytes.length));
  } else if (name == "registerQueue") {
    queues.set(step.text(1), registerQueue(step.text(1)));
    step.status(lastStatus());
  } else if (name == "resolveQueue") {
    queues.set(step.text(2), resolveQueue(step.text(1), step.text(2)));
    step.status(lastStatus());
  } else if (name == "enqueue") {
    const value = step.bytes(2);
    step.status(enqueue(queues.has(step.text(1)) ? queues.get(step.text(1)) : 9999, changetype<usize>(value), value.length));
  } else if (name == "dequeue") {
    dequeue(queues.has(step.text(1)) ? queues.get(step.text(1)) : 9999, bytes);
    step.value(lastStatus(), shown(bytes.base, bytes.length));
  } else return false;
  return true;
}

function metricStep(step: Step): bool {
  const name = step.name, key = step.text(1);
  if (name == "counter") {
    if (!counters.has(key)) counters.set(key, new Counter(key));
    const counter = counters.get(key);
    counter.add(step.long(2));
    counter.flush();
    step.value(0, counter.value.toString());
  } else if (name == "gauge" || name == "gaugeAdd") {
    if (!gauges.has(key)) gauges.set(key, new Gauge(key));
    const gauge = gauges.get(key), status = name == "gauge" ? gauge.set(step.long(2)) : gauge.add(step.long(2));
    step.value(status, gauge.value.toString());
  } else if (name == "histogram") step.status(new Histogram(key).record(step.long(2)));
  else if (name == "raw.define_metric") {
    const text = step.bytes(2);
    step.value(proxy_define_metric(step.int(1), changetype<usize>(text), text.length, RESULT), load<u32>(RESULT).toString());
  } else if (name == "raw.increment_metric") step.status(proxy_increment_metric(step.int(1), step.long(2)));
  else if (name == "raw.record_metric") step.status(proxy_record_metric(step.int(1), step.long(2)));
  else if (name == "raw.get_metric") step.value(proxy_get_metric(step.int(1), RESULT), load<u64>(RESULT).toString());
  else return false;
  return true;
}

/** Paths are written with "/" between their parts. */
function propertyStep(step: Step): bool {
  const name = step.name;
  if (name == "property") {
    new Property(step.text(1).split("/")).read(bytes);
    step.value(lastStatus(), shown(bytes.base, bytes.length));
  } else if (name == "propertyNumber") {
    const number = new Property(step.text(1).split("/")).number(-1);
    step.value(lastStatus(), number.toString());
  } else if (name == "propertyExists") step.value(0, new Property(step.text(1).split("/")).exists() ? "yes" : "no");
  else if (name == "propertyTrue") step.value(0, new Property(step.text(1).split("/")).isTrue() ? "yes" : "no");
  else if (name == "setProperty") step.status(new Property(step.text(1).split("/")).setText(step.text(2)));
  else if (name == "raw.get_property") {
    const path = step.bytes(1);
    step.status(proxy_get_property(changetype<usize>(path), path.length, RESULT_AT, RESULT_SIZE));
  } else if (name == "raw.set_property") {
    const path = step.bytes(1), value = step.bytes(2);
    step.status(proxy_set_property(changetype<usize>(path), path.length, changetype<usize>(value), value.length));
  } else return false;
  return true;
}

function foreignStep(step: Step): bool {
  const name = step.name;
  if (name == "callForeign") {
    const value = step.bytes(2);
    callForeign(step.text(1), changetype<usize>(value), value.length, bytes);
    step.value(lastStatus(), shown(bytes.base, bytes.length));
  } else if (name == "compress") {
    const value = step.bytes(1);
    const good = compress(changetype<usize>(value), value.length, bytes) && uncompress(bytes.base, bytes.length, more);
    step.value(lastStatus(), good ? shown(more.base, more.length) : "");
  } else if (name == "setFilterState") step.status(setFilterState(step.text(1), step.text(2), <LifeSpan>step.int(3)));
  else if (name == "declareProperty") step.status(declareProperty(step.text(1), <PropertyType>step.int(2), <LifeSpan>step.int(3), step.flag(4)));
  else if (name == "clearRouteCache") step.status(clearRouteCache());
  else if (name == "verifySignature") {
    const key = step.bytes(2), signature = step.bytes(3), text = step.bytes(4);
    const good = verifySignature(step.text(1), key, changetype<usize>(signature), signature.length, changetype<usize>(text), text.length);
    step.value(0, good ? "good" : "bad: " + cryptoError());
  } else if (name == "sign") {
    // with the public key after it: signatures are different each time
    const key = step.bytes(2), text = step.bytes(3), publicKey = step.bytes(4);
    const good = sign(step.text(1), key, changetype<usize>(text), text.length, bytes), why = cryptoError();
    const known = good && verifySignature(step.text(1), publicKey, bytes.base, bytes.length, changetype<usize>(text), text.length);
    step.value(0, good ? bytes.length.toString() + (known ? " good" : " bad") : "bad: " + why);
  } else if (name == "expression") {
    const expression = new Expression(step.text(1));
    if (expression.isValid) expression.evaluate(bytes);
    step.value(lastStatus(), shown(bytes.base, bytes.length));
    expression.free();
  } else return false;
  return true;
}
