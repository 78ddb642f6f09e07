import { playAll } from "../scenarios/run.ts";
import { awesomerpc } from "./awesomerpc.ts";

playAll(awesomerpc);
