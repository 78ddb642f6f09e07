import { playAll } from "../scenarios/run.ts";
import { dubbo } from "./dubbo.ts";

playAll(dubbo);
