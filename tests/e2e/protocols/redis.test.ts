import { playAll } from "../scenarios/run.ts";
import { redis } from "./redis.ts";

playAll(redis);
