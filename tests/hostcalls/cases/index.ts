import type { Case } from "../case.ts";
import { answers } from "./answers.ts";
import { bodies } from "./bodies.ts";
import { calls } from "./calls.ts";
import { foreign } from "./foreign.ts";
import { grpc } from "./grpc.ts";
import { headers } from "./headers.ts";
import { metadata } from "./metadata.ts";
import { network } from "./network.ts";
import { properties } from "./properties.ts";
import { world } from "./world.ts";

export const cases: Case[] = [...headers, ...bodies, ...answers, ...metadata, ...network, ...world, ...properties, ...foreign, ...calls, ...grpc];
