import { playAll } from "../scenarios/run.ts";
import { thrift } from "./thrift.ts";

playAll(thrift);
