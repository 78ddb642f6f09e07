/** Sets, adds and removes headers of requests and responses, as its configuration says. */
import {
  Action, addHeader, HttpContext, Json, MapType, Problems, removeHeader, RootContext, setHeader, setRootFactory,
} from "../../assembly/sdk";

/** Changes of one direction: `{ "remove": ["a"], "set": { "b": "1" }, "add": { "c": "2" } }`, made in this order. */
class Changes {
  private remove: string[];
  private setNames: string[] = [];
  private setValues: string[] = [];
  private addNames: string[] = [];
  private addValues: string[] = [];

  constructor(config: Json, problems: Problems) {
    problems.unknownFields(config, ["remove", "set", "add"]);
    this.remove = problems.texts(config, "remove");
    readPairs(problems.object(config, "set"), this.setNames, this.setValues, problems);
    readPairs(problems.object(config, "add"), this.addNames, this.addValues, problems);
  }

  apply(map: MapType): void {
    for (let i = 0; i < this.remove.length; i++) removeHeader(map, this.remove[i]);
    for (let i = 0; i < this.setNames.length; i++) setHeader(map, this.setNames[i], this.setValues[i]);
    for (let i = 0; i < this.addNames.length; i++) addHeader(map, this.addNames[i], this.addValues[i]);
  }
}

function readPairs(object: Json | null, names: string[], values: string[], problems: Problems): void {
  if (!object) return;
  for (let i = 0; i < object.names.length; i++) {
    names.push(object.names[i].toLowerCase());
    values.push(problems.text(object, object.names[i]));
  }
}

class Root extends RootContext {
  request: Changes | null = null;
  response: Changes | null = null;

  onConfigure(configuration: string): string | null {
    const problems = new Problems(), config = problems.parse(configuration);
    problems.unknownFields(config, ["request", "response"]);
    const request = problems.object(config, "request"), response = problems.object(config, "response");
    if (request) this.request = new Changes(request, problems);
    if (response) this.response = new Changes(response, problems);
    return problems.first;
  }

  createHttpContext(id: u32): HttpContext { return new Mutation(id, this); }
}

class Mutation extends HttpContext {
  constructor(id: u32, private owner: Root) { super(id, owner); }

  onRequestHeaders(count: i32, end: bool): Action {
    const changes = this.owner.request;
    if (changes) changes.apply(MapType.Request);
    return Action.Continue;
  }

  onResponseHeaders(count: i32, end: bool): Action {
    const changes = this.owner.response;
    if (changes) changes.apply(MapType.Response);
    return Action.Continue;
  }
}

setRootFactory((id: u32): RootContext => new Root(id));

export * from "../../assembly/callbacks";
